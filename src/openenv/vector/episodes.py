"""Episodes: how far each environment of a vector is, and what it is asked next."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from openenv.client.transport import check_seconds
from openenv.errors import OpenEnvError, SessionLost
from openenv.vector.autoreset import AutoresetMode
from openenv.vector.fleet import Fleet, Outcome
from openenv.vector.messages import NEVER, Question, Seen
from openenv.vector.results import Element
from openenv.vector.seats import Seat
from openenv.wire.frames import Reset, Result, Step

_NOTHING_SEEN = Result(0, 0, {})


@dataclass(eq=False)
class Episode:
    """Of one environment, or of its successor where its session was lost."""

    seat: Seat
    has_begun: bool = False
    needs_reset: bool = True
    is_stepping: bool = False
    """It is asked for a step; else for a reset."""
    options: Mapping[str, Any] = field(default_factory=dict)
    seen: Seen = _NOTHING_SEEN
    ended: Element | None = None
    """The end of the one before, as long as this one has to begin in the same step."""

    def next_reset(self) -> Question:
        """What begins the one after it."""
        return Question(Reset, dict(self.options))


class Episodes:
    """Asks the fleet, and makes of what comes back what Gymnasium's vectors say."""

    def __init__(self, new_fleet: Callable[[], Fleet], mode: AutoresetMode) -> None:
        self._new_fleet = new_fleet
        self._fleet = new_fleet()
        self._mode = mode
        self._episodes = [Episode(seat) for seat in self._fleet.seats]
        self._is_torn = False
        self._together = False
        self._on_their_way: set[int] = set()
        self._finished: dict[int, Element] = {}

    @asynccontextmanager
    async def call(self, *, whole: bool) -> AsyncIterator[None]:
        """One call. On an interrupt, or where its task is cancelled, what it began is given up where it is to be whole.

        Where that comes while nothing was done but waiting, it leaves all sessions as they are. Elsewhere it may have
        cut anything in two: other sessions take their place at the next call.
        """
        if self._is_torn:
            await self._begin_anew()
        self._fleet.begin()
        try:
            yield
        except Exception:
            raise
        except BaseException:
            was_waiting, self._is_torn = self._fleet.is_waiting, True
            if was_waiting and whole:
                await self.give_up()
            elif whole:
                self._forget()
            self._is_torn = not was_waiting
            raise

    async def begin(
        self, ids: Sequence[int], *, seeds: Sequence[int | None], options: Mapping[str, Any], timeout_s: float | None
    ) -> None:
        """Start an episode in each."""
        self._check(ids, timeout_s)
        asked = []
        for env_id, seed in zip(ids, seeds, strict=True):
            episode = self._episodes[env_id]
            episode.options = options
            given = dict(options) if seed is None else {**options, "seed": seed}
            asked.append((episode, Question(Reset, given, timeout_s)))
        await self._ask(ids, asked, together=True)

    async def go_on(
        self, ids: Sequence[int], payloads: Sequence[dict[str, Any]], *, timeout_s: float | None, together: bool
    ) -> None:
        """Take an action in each, or start the next episode where that is its turn."""
        self._check(ids, timeout_s)
        episodes = [self._episodes[env_id] for env_id in ids]
        over = [episode for episode in episodes if episode.needs_reset]
        if not all(episode.has_begun for episode in over):
            raise SessionLost("there is no episode yet; reset begins one")
        if over and self._mode is AutoresetMode.DISABLED:
            ended = [episode.seat.env_id for episode in over]
            raise ValueError(f"the episodes of environments {ended} are over; reset(env_ids={ended}) begins others")
        asked = [
            (episode, episode.next_reset() if episode.needs_reset else Question(Step, payload, timeout_s))
            for episode, payload in zip(episodes, payloads, strict=True)
        ]
        await self._ask(ids, asked, together=together)

    async def finish(self, ids: Sequence[int]) -> list[Element]:
        """What came of each of these, when all have finished."""
        try:
            while not self._on_their_way.isdisjoint(ids):
                await self._wait(NEVER)
        except Exception:  # options that have no form in msgpack, of sessions that have just been made
            self._is_torn = True
            self._forget()
            raise
        return self._taken(ids)

    async def finish_first(self, count: int, *, deadline: float) -> list[Element]:
        """What came of the first that finish, in their order. TimeoutError at the deadline."""
        if (at_most := len(self._finished) + len(self._on_their_way)) < count:
            raise ValueError(f"{count} environments are to finish, and {at_most} are on their way: send more first")
        while len(self._finished) < count:
            await self._wait(deadline)
        return self._taken(list(self._finished)[:count])

    async def give_up(self) -> None:
        """Nobody waits any more for what is on its way."""
        if self._on_their_way:
            await self._fleet.abandon()
        self._forget()

    def _forget(self) -> None:
        self._on_their_way.clear()
        self._finished.clear()
        for episode in self._episodes:
            episode.ended = None

    async def close(self) -> None:
        """End all."""
        await self._fleet.close()

    def let_go(self) -> None:
        """End all at once, without the event loop, which is closed."""
        self._fleet.let_go()

    def _check(self, ids: Sequence[int], timeout_s: float | None) -> None:
        """ValueError unless these may be asked now."""
        if waiting := self._on_their_way.union(self._finished).intersection(ids):
            raise ValueError(f"environments {sorted(waiting)} are on their way already: recv them first, or reset all")
        if timeout_s is not None:
            check_seconds("timeout_s", timeout_s)

    async def _ask(self, ids: Sequence[int], asked: list[tuple[Episode, Question]], *, together: bool) -> None:
        self._together = together
        for episode, question in asked:
            episode.is_stepping = question.kind is Step
        self._on_their_way.update(ids)
        try:
            await self._fleet.ask([(episode.seat, question) for episode, question in asked], together=together)
        except Exception:  # a message over the limit, or what has no form in msgpack: nothing was sent
            self._on_their_way.difference_update(ids)
            raise

    async def _begin_anew(self) -> None:
        """With other sessions. What was on its way is lost."""
        await self._fleet.close()
        self._fleet = self._new_fleet()
        lost = SessionLost("an interrupt came in the middle of an exchange with the session")
        for episode, seat in zip(self._episodes, self._fleet.seats, strict=True):
            episode.seat, episode.ended, seat.lost = seat, None, lost
        for env_id in self._on_their_way:
            self._finished[env_id] = _failed(self._episodes[env_id], lost)
        self._on_their_way.clear()
        self._is_torn = False

    async def _wait(self, deadline: float) -> None:
        again: list[tuple[Seat, Question]] = []
        finished: dict[int, Element] = {}
        for seat, outcome in await self._fleet.arrivals(deadline):
            episode = self._episodes[seat.env_id]
            element = self._settle(episode, outcome)
            if element is None:
                episode.is_stepping = False
                again.append((seat, episode.next_reset()))
            else:
                finished[seat.env_id] = element
        self._on_their_way.difference_update(finished)
        self._finished.update(finished)
        if again:
            await self._fleet.ask(again, together=self._together)

    def _settle(self, episode: Episode, outcome: Outcome) -> Element | None:
        """What came of an environment; None where its next episode has to begin first."""
        if isinstance(outcome, OpenEnvError):
            element = _failed(episode, outcome)
        else:
            episode.seen, episode.has_begun = outcome, True
            episode.needs_reset = outcome.done or outcome.truncated
            element = Element(episode.seat.env_id, outcome, outcome)
        if self._mode is not AutoresetMode.SAME_STEP:
            return element
        if episode.is_stepping and episode.needs_reset:
            episode.ended = element
            return None
        ended, episode.ended = episode.ended, None
        return element if ended is None else ended.followed_by(element)

    def _taken(self, ids: Iterable[int]) -> list[Element]:
        """Out of what has finished. Where none of them has a session, and none could be made: why."""
        elements = [self._finished.pop(env_id) for env_id in ids]
        error: OpenEnvError | None = elements[0].error
        if error is not None and all(element.has_no_session for element in elements):
            raise error
        return elements


def _failed(episode: Episode, error: OpenEnvError) -> Element:
    """What is said of one that has failed: it is shown as it was seen last."""
    is_lost = episode.seat.line is None
    episode.needs_reset = episode.needs_reset or is_lost
    told = Result(0, 0, {}, None, is_lost, is_lost)
    return Element(episode.seat.env_id, episode.seen, told, error, has_no_session=is_lost and not episode.is_stepping)
