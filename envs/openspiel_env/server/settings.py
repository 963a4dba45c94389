"""Settings: the environment variables that say what is played where nothing else does."""

import os


def game_name() -> str:
    """``OPENSPIEL_GAME``, else catch."""
    return os.environ.get("OPENSPIEL_GAME", "").strip() or "catch"


def agent_player() -> int:
    """``OPENSPIEL_AGENT_PLAYER``, else the first. ValueError for what is no number."""
    return int(os.environ.get("OPENSPIEL_AGENT_PLAYER", "").strip() or "0")


def opponent_policy() -> str:
    """``OPENSPIEL_OPPONENT_POLICY``, else random."""
    return os.environ.get("OPENSPIEL_OPPONENT_POLICY", "").strip() or "random"
