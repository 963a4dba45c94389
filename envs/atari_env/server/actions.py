"""Actions: why one is not taken."""

from __future__ import annotations

from atari_env.models import AtariAction
from atari_env.server.options import Options

_UNSAID = {"game_name": "pong", "obs_type": "rgb", "full_action_space": False}
"""What a client of the reference puts into every action, whatever is played."""


def problem(action: AtariAction, options: Options, *, count: int, has_ended: bool) -> str | None:
    """What is wrong with an action in an episode of ``options`` with ``count`` actions; None for nothing."""
    if has_ended:
        return "the game is over; call reset() for another one"
    if not 0 <= action.action_id < count:
        return f"action_id is {action.action_id}; the game has the actions 0 to {count - 1}"
    played = {"game_name": options.game, "obs_type": options.obs_type, "full_action_space": options.full_action_space}
    for name, value in played.items():
        said = getattr(action, name)
        if said not in (None, value, _UNSAID[name]):
            return f"{name} is {said!r}, and this episode has {value!r}; reset() takes another"
    return None
