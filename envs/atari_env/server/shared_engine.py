"""``SharedEngine``: episodes of one game on one vector of ALE's, as long as all of them are played together."""

from __future__ import annotations

import itertools
from collections.abc import Container, Sequence
from typing import Any

import numpy as np
from ale_py import ALEVectorInterface

from atari_env.server.courses import GOES_ON, Course, Row, draws, fixed, loaded, rows_of
from atari_env.server.engine_seat import EngineSeat, is_native
from atari_env.server.no_ops import no_ops
from atari_env.server.options import Options
from atari_env.server.seats import Sight
from atari_env.server.starts import STEADY_STARTS

_MAX_NO_OPS = 100
"""A seed that draws a given number of no-ops is looked for: so many are tried on the average."""

_NOOP = 0
"""Pressed in a game that has ended, where nobody looks."""


def is_shareable(options: Options) -> bool:
    """An episode with these can be played again from its beginning, so that it can leave its engine in the middle. With
    sticky actions it could not, since it may go on with the random numbers of episodes before it."""
    is_repeatable = options.repeat_action_probability == 0 and options.noop_max <= _MAX_NO_OPS
    return is_native(options) and is_repeatable and options.game in STEADY_STARTS


class SharedEngine:
    """It plays all its games at once or none. Where some are to be held still meanwhile, episodes have to leave it."""

    def __init__(self, options: Options, count: int) -> None:
        self._engine = loaded(options, count)
        self._only = (self._engine,)
        self._strengths: Any = ((1.0,) * count,)
        self.action_count = len(self._engine.get_action_set())
        self.presses: list[int | None] = [None] * count
        """What is to be pressed next, by place."""
        self.is_due = False
        """Something is."""
        self.begins: dict[int, int] = {}
        """Which games are to begin first, and what seed is loaded for it, or ``GOES_ON``."""
        self._sent: Sequence[int | None] = ()
        self._pending: list[Any] = []
        """None for actions that the engine was asked for, and what it has answered, as in ``EngineSeat``."""
        self._rows: list[Row] = []
        """Of each game, as they were last."""
        self._screens: np.ndarray | None = None
        self._log: tuple[int, list[bytes]] = (0, [])
        """What was played: how many times that is left out, and the actions of all, each time."""
        self._times = 0
        self.seats = [SharedSeat(self, place, options) for place in range(count)]
        self._kept = self.seats
        """Those that are not somebody else's by now."""

    def leaving(self) -> list[SharedSeat]:
        """Where some are to be played and others held still: those of either kind that are fewer. Where no more than
        half would be left, for which all games are played, all of them."""
        if not self.is_due or None not in self.presses:
            return []
        played = [seat for seat in self._kept if self.presses[seat.place] is not None]
        held = [seat for seat in self._kept if self.presses[seat.place] is None and not seat.has_ended]
        leaving = held if len(held) <= len(played) else played
        return self._kept if leaving and 2 * (len(self._kept) - len(leaving)) <= len(self.seats) else leaving

    def leave(self, place: int) -> int | None:
        """Nobody plays that game any more. What was to be pressed in it."""
        press, self.presses[place] = self.presses[place], None
        self.is_due = any(press is not None for press in self.presses)
        return press

    def start(self) -> None:
        """What is to begin has begun, and what is to be pressed is being played."""
        if self.begins:
            self._begin()
        if self.is_due and not self._pending:
            self._sent, self._times = tuple(self.presses), self.times
            actions: Any = [_NOOP if press is None else press for press in self._sent]
            self._pending += map(self._engine.send, (actions,), self._strengths)

    def catch_up(self) -> None:
        """What is to begin has begun, and what is to be pressed has been."""
        if self.begins or self.is_due:
            self.start()
        if self._pending:
            self._finish()

    def settle(self) -> None:
        """After an interrupt: actions that were not sent are taken back; what was begun is, and others were played."""
        if self.begins:
            self._begin()
        if self._pending:
            self._finish()
        self.presses[:] = [None] * len(self.presses)
        self.is_due = False

    def keep(self, seats: Container[SharedSeat]) -> None:
        """The others are nobody's any more, or somebody else's."""
        self._kept = [seat for seat in self.seats if seat in seats]

    def close(self) -> None:
        """Let go of the seats, which hold it, so that its threads end without the garbage collector."""
        self.seats, self._kept = [], []

    def screens(self, seats: Sequence[Any]) -> np.ndarray | None:
        """What these see as one array, where they are all that there are and have just played or begun together."""
        return self._screens if seats == self.seats else None

    @property
    def times(self) -> int:
        """How often it has played."""
        forgotten, actions = self._log
        return forgotten + len(actions)

    def actions(self, place: int, since: int) -> list[int]:
        """What was pressed in a game since it had played so often."""
        forgotten, actions = self._log
        return [each[place] for each in actions[since - forgotten :]]

    def _begin(self) -> None:
        again = {place: load for place, load in self.begins.items() if not self.seats[place].has_begun_by_itself(load)}
        if again:
            stacks, counts = self._engine.reset(np.array([*again]), np.array([*again.values()]))
            self._rows = rows_of(stacks, counts)
            self._screens = _shown(stacks) if len(again) == len(self.seats) else None
        for place, load in self.begins.items():
            self.seats[place].begun(self._rows[place], is_loaded=load != GOES_ON)
        self.begins.clear()
        self._forget()

    def _finish(self) -> None:
        if len(self._pending) == 1:  # it has not answered
            self._pending += map(ALEVectorInterface.recv, self._only)
        stacks, rewards, over, _, counts = self._pending[1]
        self._rows = rows_of(stacks, counts)
        self._screens = None if None in self._sent else _shown(stacks)
        told = zip(self.seats, self._sent, self._rows, rewards.tolist(), over.tolist(), strict=True)
        forgotten, played = self._log
        played[self._times - forgotten :] = [bytes(press or _NOOP for press in self._sent)]
        for seat, press, row, reward, is_over in told:
            if press is not None:
                seat.played(row, reward, is_over)
        self.presses[:] = [None] * len(self.presses)
        self.is_due = False
        self._pending.clear()

    def _forget(self) -> None:
        """What no episode has in it that goes on."""
        forgotten, actions = self._log
        first = min((seat.began_at for seat in self._kept if not seat.has_ended), default=self.times)
        if first > forgotten:
            self._log = first, actions[first - forgotten :]


def _shown(stacks: np.ndarray) -> np.ndarray:
    return stacks if stacks.shape[1] > 1 else stacks[:, 0]


class SharedSeat:
    """An episode on an engine with others."""

    def __init__(self, engine: SharedEngine, place: int, options: Options) -> None:
        self.options = options
        self.action_count = engine.action_count
        self.has_ended = True
        self.engine = engine
        self.began_at = 0
        """How often the engine had played then."""
        self.place = place
        self._course = Course(options)
        self._over_at: int | None = None
        """How often it had played when the game was over."""
        self._sight: Sight

    def takes(self, options: Options) -> bool:
        return fixed(options) == fixed(self.options)

    def begin(self, options: Options, seed: int | None) -> None:
        self.has_ended = True  # as long as it has not begun
        self.options = options
        self.engine.begins[self.place] = self._course.seed_to_load(seed)

    def press(self, index: int) -> None:
        self.engine.presses[self.place] = index
        self.engine.is_due = True

    def seen(self) -> Sight:
        self.engine.catch_up()
        return self._sight

    def settle(self) -> None:
        self.engine.settle()

    def has_begun_by_itself(self, load: int) -> bool:
        """The engine begins a game again when it plays for the first time after its end."""
        return load == GOES_ON and self._over_at is not None and self._over_at + 1 == self.engine.times

    def begun(self, row: Row, *, is_loaded: bool) -> None:
        """Its game has begun."""
        self.began_at, self._over_at = self.engine.times, None
        self._show(self._course.begun(self.options, *row, is_loaded=is_loaded))

    def played(self, row: Row, reward: float, is_over: bool) -> None:
        """Its action has been."""
        if is_over:
            self._over_at = self.engine.times
        self._show(self._course.sight(*row, float(reward), is_over))

    def alone(self) -> EngineSeat:
        """The same episode on an engine of its own, with what was to be pressed. The game is loaded for it, which takes
        90 ms, and what was played of it is played again, which takes some 50 µs a frame."""
        seat, course = EngineSeat(self.options), self._course
        if self.has_ended:
            seat.show(self._sight)
        else:
            self._play_again(seat)
        seat.course.next_seed = course.next_seed
        press = self.engine.leave(self.place)
        if press is not None:
            seat.press(press)
        return seat

    def _play_again(self, seat: EngineSeat) -> None:
        no_ops_most, before = self.options.noop_max, self._course.no_ops
        numbers = (number for number in itertools.count() if no_ops(number, no_ops_most) == before)
        seat.begin(self.options, next(numbers) if draws(self.options) else None)
        for index in self.engine.actions(self.place, self.began_at):
            seat.press(index)
            seat.seen()
        if seat.seen()[1:] != self._sight[1:]:
            raise RuntimeError(f"{self.options.game} is not the same when it is played again")

    def _show(self, sight: Sight) -> None:
        self._sight, self.has_ended = sight, sight.has_ended
