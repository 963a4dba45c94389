"""Actions: why one is not taken."""

from __future__ import annotations

from typing import Protocol

from atari_env.models import AtariAction
from atari_env.server.options import Options

_SAID = ("game_name", "obs_type", "full_action_space")
_UNSAID = ("pong", "rgb", False)
"""What a client of the reference puts into every action, whatever is played."""


class Played(Protocol):
    """What takes actions."""

    options: Options
    """Of the episode."""
    action_count: int
    has_ended: bool
    """As it was seen last."""


def problem(action: AtariAction, played: Played) -> str | None:
    """What is wrong with an action there; None for nothing."""
    if played.has_ended:
        return "the episode is over; call reset() for another one"
    if not 0 <= action.action_id < played.action_count:
        return f"action_id is {action.action_id}; the game has the actions 0 to {played.action_count - 1}"
    said = (action.game_name, action.obs_type, action.full_action_space)
    return None if said == _UNSAID else _contradiction(said, played.options)


def _contradiction(said: tuple[str | bool | None, ...], options: Options) -> str | None:
    played = (options.game, options.obs_type, options.full_action_space)
    for name, value, unsaid, is_played in zip(_SAID, said, _UNSAID, played, strict=True):
        if value not in (None, unsaid, is_played):
            return f"{name} is {value!r}, and this episode has {is_played!r}; reset() takes another"
    return None
