"""``AtariVector``: many episodes in one object, whose observations are columns and never models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
        return _transitions(seats, [None] * len(seats))

    def step(self, episodes: Sequence[int], actions: Sequence[AtariAction]) -> Transitions:
        """An action in each. Where there is something wrong with it, nothing happens, and ``metadata`` says what."""
        seats = [self._begun(place) for place in episodes]
        return _transitions(seats, [_pressed(seat, action) for seat, action in zip(seats, actions, strict=True)])

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


def _pressed(seat: Seat, action: AtariAction) -> str | None:
    """Take the action; or what is wrong with it."""
    error = problem(action, seat.options, count=seat.actions, has_ended=seat.seen().has_ended)
    if error is None:
        seat.press(action.action_id)
    return error


def _transitions(seats: Sequence[Seat], wrong: Sequence[str | None]) -> Transitions:
    legal_actions = [list(range(seat.actions)) for seat in seats]
    screens, rows = _Screens(len(seats)), []
    for seat, error in zip(seats, wrong, strict=True):  # what is done here is done while others still play
        sight = seat.seen()
        screens.add(sight.screen)
        rows.append(_row(sight, error))
    shapes, lives, episode_frames, frames, rewards, done, truncated, metadata = map(list, zip(*rows, strict=True))
    observations = {
        "screen": screens.column,
        "screen_shape": shapes,
        "legal_actions": legal_actions,
        "lives": lives,
        "episode_frame_number": episode_frames,
        "frame_number": frames,
    }
    return Transitions(observations, rewards, done, truncated, metadata)


def _row(sight: Sight, error: str | None) -> tuple[Any, ...]:
    """What stands in all columns but two."""
    return (
        [*sight.screen.shape],
        sight.lives,
        sight.episode_frame_number,
        sight.frame_number,
        sight.reward if error is None else 0.0,
        sight.has_ended,
        sight.is_truncated,
        _metadata(sight, error),
    )


class _Screens:
    """A column for so many."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._each: list[np.ndarray] = []
        self._whole: np.ndarray

    def add(self, screen: np.ndarray) -> None:
        """The next one."""
        if not self._each:
            self._whole = np.empty((self._count, *screen.shape), screen.dtype)
        if screen.shape == self._whole.shape[1:]:
            self._whole[len(self._each)] = screen
        self._each.append(screen)

    @property
    def column(self) -> np.ndarray | list[np.ndarray]:
        """One array, where all have one shape. It is read-only, since it is nobody else's and need not be copied."""
        if any(screen.shape != self._whole.shape[1:] for screen in self._each):
            return self._each
        self._whole.setflags(write=False)
        return self._whole


def _metadata(sight: Sight, error: str | None) -> dict[str, Any]:
    truncated: dict[str, Any] = {"truncated": True} if sight.is_truncated else {}
    return truncated if error is None else {**truncated, "error": error}
