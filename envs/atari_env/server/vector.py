"""``AtariVector``: many episodes in one object, whose observations are columns and never models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np

from atari_env.models import AtariAction, AtariObservation
from atari_env.server.actions import problem
from atari_env.server.engine_seat import EngineSeat, is_native
from atari_env.server.options import Options
from atari_env.server.seats import PlainSeat, Seat, Sight
from atari_env.server.seeds import number_of
from atari_env.server.shared_engine import SharedEngine, SharedSeat, is_shareable
from openenv.contract.vector_environment import Transitions, VectorEnvironment

_AT_ONCE = 16
"""Waiting for a game takes time from those that still play, since ALE's vector waits busily at first. It is done for
the last of so many; the others, which were asked before it, have mostly finished by then."""


class AtariVector(VectorEnvironment[AtariAction, AtariObservation]):
    """They may be of several games, where ``reset`` says so. C++ plays them, in threads."""

    def __init__(self, options: Options, num_envs: int) -> None:
        self._options = options
        self._seats: list[Seat | None] = [None] * num_envs
        self._engines: list[SharedEngine] = []
        self._is_cut = False
        """An interrupt came while games were played."""

    def reset(self, episodes: Sequence[int], *, seeds: Sequence[int | None], options: Mapping[str, Any]) -> Transitions:
        """As the environment's own ``reset``. Where that raises, all episodes are as before. TypeError for a seed that
        is no integer."""
        self._wait_for_all()
        chosen = self._options.changed(options)
        numbers = [None if seed is None else number_of(seed) for seed in seeds]
        seats = self._fitting(episodes, chosen)
        self._is_cut = True
        for seat, seed in zip(seats, numbers, strict=True):
            seat.begin(chosen, seed)
        for place, seat in zip(episodes, seats, strict=True):
            self._seats[place] = seat
        self._keep_engines()
        transitions = _transitions(seats, [None] * len(seats))
        self._is_cut = False
        return transitions

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
        if self._hold_still():
            seats = cast("list[Seat]", [self._seats[place] for place in episodes])
        for engine in self._engines:
            engine.start()
        transitions = _transitions(seats, wrong)
        self._is_cut = False
        return transitions

    def close(self) -> None:
        """Ends the threads."""
        self._seats.clear()
        self._keep_engines()

    def _first(self, place: int) -> Seat:
        """Begun without a reset."""
        seat = _alone(self._options)
        seat.begin(self._options, None)
        self._seats[place] = seat
        return seat

    def _fitting(self, episodes: Sequence[int], options: Options) -> list[Seat]:
        """Their seats, or others with engines for these options: one for all, where it can be."""
        fitting = {place: seat for place in episodes if (seat := self._seats[place]) and seat.takes(options)}
        missing = [place for place in episodes if place not in fitting]
        if len(missing) > 1 and is_shareable(options):
            fitting.update(zip(missing, SharedEngine(options, len(missing)).seats, strict=True))
        else:
            fitting.update((place, _alone(options)) for place in missing)
        return [fitting[place] for place in episodes]

    def _hold_still(self) -> bool:
        """Whether some have another seat now, so that those that are not to be played are not."""
        leaving = [seat for engine in self._engines for seat in engine.leaving()]
        for seat in leaving:
            self._seats[self._seats.index(seat)] = seat.alone()
        if leaving:
            self._keep_engines()
        return bool(leaving)

    def _keep_engines(self) -> None:
        """Those on which there are seats, and of their games only these."""
        seats = {seat: seat.engine for seat in self._seats if isinstance(seat, SharedSeat)}
        for engine in self._engines:
            if engine not in seats.values():
                engine.close()
        self._engines = [*dict.fromkeys(seats.values())]
        for engine in self._engines:
            engine.keep(seats)

    def _wait_for_all(self) -> None:
        """Those that are still played since an interrupt came, which nobody has waited for."""
        if self._is_cut:
            for seat in filter(None, self._seats):
                seat.settle()
            self._keep_engines()
            self._is_cut = False


def _alone(options: Options) -> Seat:
    """One with an engine of its own."""
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
    """What each shows, and the screens: as one array where all have one shape. One that is put together here, while
    others still play, is read-only, since it is nobody else's and need not be copied."""
    first = seats[0]
    if isinstance(first, SharedSeat):
        sights = [seat.seen() for seat in seats]
        if (shown := first.engine.screens(seats)) is not None:
            return sights, shown
    sights = []
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
