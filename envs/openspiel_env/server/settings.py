"""Settings: the environment variables that say what is played where nothing else does."""

import os


def game_name() -> str:
    """``OPENSPIEL_GAME``, else catch."""
    return os.environ.get("OPENSPIEL_GAME", "").strip() or "catch"


def agent_player() -> int:
    """``OPENSPIEL_AGENT_PLAYER``, else the first. ValueError for what is no number."""
    text = os.environ.get("OPENSPIEL_AGENT_PLAYER", "").strip() or "0"
    if not text.isdecimal():
        raise ValueError(f"OPENSPIEL_AGENT_PLAYER is {text!r:.80}; it must be the number of a player")
    return int(text)


def opponent_policy() -> str:
    """``OPENSPIEL_OPPONENT_POLICY``, else random."""
    return os.environ.get("OPENSPIEL_OPPONENT_POLICY", "").strip() or "random"
