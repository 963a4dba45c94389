"""Episodes: how far each environment of a vector is, and what it is asked next."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from openenv.client.transport import check_seconds
from openenv.errors import SessionLost
from openenv.vector.autoreset import AutoresetMode
from openenv.vector.fleet import Answered, Arrival, Errored, Fleet
from openenv.vector.messages import NEVER, Question
from openenv.vector.outcomes import Ended, Latest, Outcomes
from openenv.wire.frames import Reset, Step


class Episodes:
    """Asks the fleet, and makes of what comes back what Gymnasium's vectors say."""

    def __init__(self, new_fleet: Callable[[], Fleet], mode: AutoresetMode) -> None:
        self._new_fleet = new_fleet
        self._fleet = new_fleet()
        self._mode = mode
        count = len(self._fleet.seats)
        self._latest = Latest(count)
        self._options: list[Mapping[str, Any]] = [{}] * count
        self._is_torn = False
        self._together = False
        self._on_their_way: set[int] = set()
        self._beginning: set[int] = set()
        """Those that were asked for a reset last; the others for a step."""
        self._ended: dict[int, Ended] = {}
        """Those whose next episode begins in the same step."""
        self._homeless: set[int] = set()
        """Those that have no session, and could not get one."""
        self._finished: dict[int, None] = {}
        """In this order."""

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
        questions = []
        for env_id, seed in zip(ids, seeds, strict=True):
            self._options[env_id] = options
            given = dict(options) if seed is None else {**options, "seed": seed}
            questions.append(Question(Reset, given, timeout_s))
        await self._ask(ids, questions, beginning=ids, together=True)

    async def go_on(
        self, ids: Sequence[int], payloads: Sequence[dict[str, Any]], *, timeout_s: float | None, together: bool
    ) -> None:
        """Take an action in each, or start the next episode where that is its turn."""
        self._check(ids, timeout_s)
        questions = [Question(Step, payload, timeout_s) for payload in payloads]
        is_over = self._latest.is_over
        over = [(place, env_id) for place, env_id in enumerate(ids) if is_over[env_id]] if True in is_over else []
        if not all(self._latest.has_begun(env_id) for _, env_id in over):
            raise SessionLost("there is no episode yet; reset begins one")
        if over and self._mode is AutoresetMode.DISABLED:
            ended = [env_id for _, env_id in over]
            raise ValueError(f"the episodes of environments {ended} are over; reset(env_ids={ended}) begins others")
        for place, env_id in over:
            questions[place] = self._next_reset(env_id)
        await self._ask(ids, questions, beginning=[env_id for _, env_id in over], together=together)

    async def finish(self, ids: Sequence[int]) -> Outcomes:
        """What came of each of these, when all have finished."""
        try:
            while not self._on_their_way.isdisjoint(ids):
                await self._wait(NEVER)
        except Exception:  # options that have no form in msgpack, of sessions that have just been made
            self._is_torn = True
            self._forget()
            raise
        return self._taken(ids)

    async def finish_first(self, count: int, *, deadline: float) -> Outcomes:
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
        self._ended.clear()

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

    async def _ask(
        self, ids: Sequence[int], questions: Sequence[Question], *, beginning: Sequence[int], together: bool
    ) -> None:
        self._together = together
        self._beginning.difference_update(ids)
        self._beginning.update(beginning)
        self._on_their_way.update(ids)
        seats = self._fleet.seats
        try:
            await self._fleet.ask([*zip([seats[one] for one in ids], questions, strict=True)], together=together)
        except Exception:  # a message over the limit, or what has no form in msgpack: they are asked nothing
            self._on_their_way.difference_update(ids)
            raise

    def _next_reset(self, env_id: int) -> Question:
        """What begins the one after it."""
        return Question(Reset, dict(self._options[env_id]))

    async def _begin_anew(self) -> None:
        """With other sessions. What was on its way is lost."""
        await self._fleet.close()
        self._fleet = self._new_fleet()
        self._ended.clear()
        lost = SessionLost("an interrupt came in the middle of an exchange with the session")
        for seat in self._fleet.seats:
            seat.lost = lost
        for env_id in self._on_their_way:
            self._note(Errored(env_id, lost))
        self._finished.update(dict.fromkeys(self._on_their_way))
        self._on_their_way.clear()
        self._is_torn = False

    async def _wait(self, deadline: float) -> None:
        again: list[int] = []
        for arrival in await self._fleet.arrivals(deadline):
            ids = finished = self._note(arrival)
            if self._mode is AutoresetMode.SAME_STEP:
                finished = [env_id for env_id in ids if self._complete(env_id)]
                again += [env_id for env_id in ids if env_id in self._ended]
            self._finished.update(dict.fromkeys(finished))  # first: an interrupt may come before the next line
            self._on_their_way.difference_update(finished)
        if again:
            self._beginning.update(again)
            asked = [(self._fleet.seats[env_id], self._next_reset(env_id)) for env_id in again]
            await self._fleet.ask(asked, together=self._together)

    def _note(self, arrival: Arrival) -> list[int]:
        """Note what has come, and return of which."""
        if isinstance(arrival, Answered):
            self._homeless.difference_update(arrival.ids)
            self._latest.answered(*arrival)
            return arrival.ids
        env_id, error = arrival
        is_lost = self._fleet.seats[env_id].line is None
        self._latest.failed(env_id, error, is_lost=is_lost)
        if is_lost and env_id in self._beginning:
            self._homeless.add(env_id)
        else:
            self._homeless.discard(env_id)
        return [env_id]

    def _complete(self, env_id: int) -> bool:
        """Put together what belongs to one call. False where its next episode has to begin first."""
        ended = self._ended.pop(env_id, None)
        if ended is not None:
            self._latest.followed(env_id, ended)
        elif env_id not in self._beginning and self._latest.is_over[env_id]:
            self._ended[env_id] = self._latest.ended(env_id)
            return False
        return True

    def _taken(self, ids: Sequence[int]) -> Outcomes:
        """Out of what has finished. Where none of them has a session, and none could be made: why."""
        outcomes = self._latest.of(ids)
        for env_id in ids:
            del self._finished[env_id]
        if self._homeless.issuperset(ids):
            raise outcomes.errors[ids[0]]
        return outcomes
