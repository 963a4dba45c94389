"""``Transition``: what a step of an episode led to, and many of them as columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from openspiel_env.server.view import Sight, View


class Transition(msgspec.Struct, frozen=True, gc=False):
    """What is seen and got, the ``reward`` by who moved and ``rewards`` by everybody. ``turn`` is TERMINAL also where
    the episode is forfeited; ``seats`` has the fields of each ``Seat``."""

    sight: Sight
    turn: int
    reward: float | None
    done: bool
    rewards: list[float]
    returns: list[float]
    phase: str
    opponent_last_action: int | None
    seats: list[dict[str, Any]]
    error: str | None


def columns(seen: Sequence[Transition], *, view: View) -> dict[str, Any]:
    """An observation's own fields, of several transitions that have this view."""
    sights, turns = [each.sight for each in seen], [each.turn for each in seen]
    return {
        "legal_actions": [sight.legal_actions for sight in sights],
        "game_phase": [each.phase for each in seen],
        "current_player_id": turns,
        "opponent_last_action": [each.opponent_last_action for each in seen],
        "observation_shape": [view.shape] * len(seen),
        "current_player": turns,
        "returns": [each.returns for each in seen],
        "rewards": [each.rewards for each in seen],
        "text": [sight.text for sight in sights],
        "action_names": [sight.action_names for sight in sights],
        "seats": [each.seats for each in seen],
        "error": [each.error for each in seen],
        **view.arrays(sights),
    }
