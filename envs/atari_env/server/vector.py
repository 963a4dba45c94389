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

_AT_ONCE = 16
"""Waiting for a game takes time from those that still play, since ALE's vector waits busily at first. It is done for
the last of so many; the others, which were asked before it, have mostly finished by then."""


class AtariVector(VectorEnvironment[AtariAction, AtariObservation]):
    """They may be of several games, where ``reset`` says so. Each has a thread, which plays without Python."""

    def __init__(self, options: Options, num_envs: int) -> None:
        self._options = options
        self._seats: list[Seat | None] = [None] * num_envs
        self._is_cut = False
        """An interrupt came while games were played."""

    def reset(self, episodes: Sequence[int], *, seeds: Sequence[int | None], options: Mapping[str, Any]) -> Transitions:
        """As the environment's own ``reset``. Where that raises, all episodes are as before."""
        self._wait_for_all()
        chosen = self._options.changed(options)
        seats = [_fitting(self._seats[place], chosen) for place in episodes]
        for place, seat, seed in zip(episodes, seats, seeds, strict=True):
            seat.begin(chosen, seed)
            self._seats[place] = seat
        return _transitions(seats, [None] * len(seats))

    def step(self, episodes: Sequence[int], actions: Sequence[AtariAction]) -> Transitions:
        """An action in each. Where there is something wrong with it, nothing happens, and ``metadata`` says what."""
        self._wait_for_all()
        seats = [self._seats[place] or self._first(place) for place in episodes]
        self._is_cut = True
        wrong: list[str | None] = []
        for seat, action in zip(seats, actions, strict=True):
            error = problem(action, seat)
            if error is None:
                seat.press(action.action_id)
            wrong.append(error)
        transitions = _transitions(seats, wrong)
        self._is_cut = False
        return transitions

    def close(self) -> None:
        """Ends the threads."""
        self._seats.clear()

    def _first(self, place: int) -> Seat:
        """Begun without a reset."""
        seat = _fitting(None, self._options)
        seat.begin(self._options, None)
        self._seats[place] = seat
        return seat

    def _wait_for_all(self) -> None:
        """Those that are still played since an interrupt came, which nobody has waited for."""
        if self._is_cut:
            for seat in filter(None, self._seats):
                seat.seen()
            self._is_cut = False


def _fitting(seat: Seat | None, options: Options) -> Seat:
    """This one, or another with an engine for these."""
    if seat is not None and seat.takes(options):
        return seat
    return EngineSeat(options) if is_native(options) else PlainSeat(options)


def _transitions(seats: Sequence[Seat], wrong: Sequence[str | None]) -> Transitions:
    sights, screens = _watched(seats)
    shown, lives, frames, episode_frames, rewards, done, truncated = map(list, zip(*sights, strict=True))
    metadata: list[dict[str, Any]] = [{"truncated": True} if is_truncated else {} for is_truncated in truncated]
    if any(wrong):
        for place, error in enumerate(wrong):
            if error is not None:
                rewards[place], metadata[place]["error"] = 0.0, error
    counts = [seat.action_count for seat in seats]
    legal_actions = {count: list(range(count)) for count in {*counts}}
    observations = {
        "screen": screens,
        "screen_shape": [[*screen.shape] for screen in shown],
        "legal_actions": [legal_actions[count] for count in counts],
        "lives": lives,
        "episode_frame_number": episode_frames,
        "frame_number": frames,
    }
    return Transitions(observations, rewards, done, truncated, metadata)


def _watched(seats: Sequence[Seat]) -> tuple[list[Sight], np.ndarray | list[np.ndarray]]:
    """What each shows, and the screens: as one array where all have one shape, which is put together while others still
    play. It is read-only, since it is nobody else's and need not be copied."""
    sights: list[Sight] = []
    shape = seats[:_AT_ONCE][-1].seen().screen.shape
    screens, is_uniform = np.empty((len(seats), *shape), np.uint8), True
    for start in range(0, len(seats), _AT_ONCE):
        some = seats[start : start + _AT_ONCE]
        some[-1].seen()
        for place, seat in enumerate(some, start):
            sight = seat.seen()
            sights.append(sight)
            if sight.screen.shape == shape:
                screens[place] = sight.screen
            else:
                is_uniform = False
    screens.setflags(write=False)
    return sights, screens if is_uniform else [sight.screen for sight in sights]
