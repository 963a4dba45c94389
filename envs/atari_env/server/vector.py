"""``AtariVector``: many episodes in one object, whose observations are columns and never models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from atari_env.models import AtariAction, AtariObservation
from atari_env.server.actions import problem
from atari_env.server.engine_seat import EngineSeat, is_native
from atari_env.server.options import Options
from atari_env.server.seats import PlainSeat, Seat, Sight
from openenv.contract.vector_environment import Transitions, VectorEnvironment


class AtariVector(VectorEnvironment[AtariAction, AtariObservation]):
    """They may be of several games, where ``reset`` says so. Each has a thread, which plays without Python."""

    def __init__(self, options: Options, num_envs: int) -> None:
        self._options = options
        self._seats: list[Seat | None] = [None] * num_envs

    def reset(self, episodes: Sequence[int], *, seeds: Sequence[int | None], options: Mapping[str, Any]) -> Transitions:
        """As the environment's own ``reset``. Where that raises, all episodes are as before."""
        chosen = self._options.changed(options)
        seats = [_fitting(self._seats[place], chosen) for place in episodes]
        for place, seat, seed in zip(episodes, seats, seeds, strict=True):
            seat.begin(chosen, seed)
            self._seats[place] = seat
        return _columns(seats, [seat.seen() for seat in seats], [None] * len(seats))

    def step(self, episodes: Sequence[int], actions: Sequence[AtariAction]) -> Transitions:
        """An action in each. Where there is something wrong with it, nothing happens, and ``metadata`` says what."""
        seats = [self._begun(place) for place in episodes]
        wrong = [_problem(seat, action) for seat, action in zip(seats, actions, strict=True)]
        for seat, action, error in zip(seats, actions, wrong, strict=True):
            if error is None:
                seat.press(action.action_id)
        return _columns(seats, [seat.seen() for seat in seats], wrong)

    def close(self) -> None:
        """Ends the threads."""
        self._seats.clear()

    def _begun(self, place: int) -> Seat:
        seat = self._seats[place]
        if seat is None:
            seat = _fitting(None, self._options)
            seat.begin(self._options, None)
            self._seats[place] = seat
        return seat


def _fitting(seat: Seat | None, options: Options) -> Seat:
    """This one, or another with an engine for these."""
    if seat is not None and seat.takes(options):
        return seat
    return EngineSeat(options) if is_native(options) else PlainSeat(options)


def _problem(seat: Seat, action: AtariAction) -> str | None:
    return problem(action, seat.options, count=seat.actions, has_ended=seat.seen().has_ended)


def _columns(seats: Sequence[Seat], seen: Sequence[Sight], wrong: Sequence[str | None]) -> Transitions:
    sights = [sight if error is None else replace(sight, reward=0.0) for sight, error in zip(seen, wrong, strict=True)]
    screens = [sight.screen for sight in sights]
    observations = {
        "screen": np.stack(screens) if len({screen.shape for screen in screens}) == 1 else screens,
        "screen_shape": [list(screen.shape) for screen in screens],
        "legal_actions": [list(range(seat.actions)) for seat in seats],
        "lives": [sight.lives for sight in sights],
        "episode_frame_number": [sight.episode_frame_number for sight in sights],
        "frame_number": [sight.frame_number for sight in sights],
    }
    return Transitions(
        observations,
        [sight.reward for sight in sights],
        [sight.has_ended for sight in sights],
        [sight.is_truncated for sight in sights],
        [_metadata(sight, error) for sight, error in zip(sights, wrong, strict=True)],
    )


def _metadata(sight: Sight, error: str | None) -> dict[str, Any]:
    truncated: dict[str, Any] = {"truncated": True} if sight.is_truncated else {}
    return truncated if error is None else {**truncated, "error": error}
