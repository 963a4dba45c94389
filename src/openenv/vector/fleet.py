"""The fleet: the sessions of a vector, and what comes from them."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

from openenv.client.protocol_access import ProtocolAccess
from openenv.client.transport import Colour
from openenv.errors import (
    ConnectionFailed,
    EnvironmentFactoryError,
    OpenEnvError,
    ProtocolError,
    SessionCrashed,
    SessionLost,
)
from openenv.vector.answers import Answers
from openenv.vector.line import Line
from openenv.vector.lines import Lines
from openenv.vector.messages import NEVER, Address, Asked, Question
from openenv.vector.placement import Placement
from openenv.vector.seats import Seat, Source
from openenv.wire.batches import Rows
from openenv.wire.frames import Failure, Opened, Reply

_CLOSE_S = 10.0
_LONGEST_WAIT_S = 3600.0


class Answered(NamedTuple):
    """A reset or a step has come to that in each of some environments: it is at these places of the rows."""

    ids: list[int]
    rows: Rows
    places: list[int]


class Errored(NamedTuple):
    """Nothing has come of it but that."""

    env_id: int
    error: OpenEnvError


Arrival = Answered | Errored


class Fleet:
    """Asks many seats at once, and tells what came of it, in the order in which it comes.

    A seat without a session gets one when it is asked for a ``Reset``; a ``Step`` comes to nothing there.
    """

    def __init__(self, accesses: Sequence[ProtocolAccess[Any, Any, Any]], num_envs: int, *, colour: Colour) -> None:
        self._sources = [Source(access) for access in accesses]
        self.seats: list[Seat] = []
        for number in range(num_envs):
            seat = Seat(number, source=self._sources[number * len(accesses) // num_envs])
            seat.source.seats.append(seat)
            self.seats.append(seat)
        self._lines = Lines(colour.inbox())
        self._placement = Placement(self._sources, self._lines, colour, lose=self._lose, fail=self._fail)
        self._arrived: list[Arrival] = []

    async def ask(self, asked: Sequence[tuple[Seat, Question]], *, together: bool) -> None:
        """Send each seat its question, and those of one line in one message if ``together``.

        MessageTooLarge when a message is; nothing has been sent then.
        """
        await self._settle()  # before anything else: a line may be lost meanwhile, and its seats with it
        by_line: dict[Line, list[Asked]] = defaultdict(list)
        vacant: list[Seat] = []
        for one in asked:
            seat = one[0]
            line = seat.line
            if line is None:
                vacant.append(seat)
            elif seat.address[0] in line.opened_channels:  # else it is asked as soon as its session is open
                by_line[line].append(one)
        encoded = {line: line.messages(questions, together=together) for line, questions in by_line.items()}
        for seat, question in asked:
            seat.asked = question
        for line, messages in encoded.items():
            await line.send(messages)
        for seat in vacant:
            await self._placement.fill(seat)

    async def arrivals(self, deadline: float) -> list[Arrival]:
        """What has come since the last call, at least one. TimeoutError when nothing has come by then."""
        is_late = False
        while not self._arrived:
            if is_late:
                raise TimeoutError
            is_late = time.monotonic() >= deadline
            await self._listen(deadline)
        arrived, self._arrived = self._arrived, []
        return arrived

    async def abandon(self, *, openings: bool = False) -> None:
        """Nobody waits any more for what is on its way, sessions that are being made included with ``openings``."""
        for seat in self.seats:
            seat.asked = None
        for source in self._sources:
            source.waiting.clear()
        self._arrived.clear()
        for line in self._lines:
            await line.abandon(openings=openings)

    async def close(self) -> None:
        """End all sessions and hang up. What is on its way is interrupted."""
        deadline = time.monotonic() + _CLOSE_S
        async with AsyncExitStack() as ending:  # one that raises keeps no other from it
            ending.callback(self._lines.inbox.close)
            for line in self._lines:
                ending.push_async_callback(self._hang_up, line)
            await self.abandon(openings=True)
            await self._settle(deadline)
            for line in self._lines:
                await line.end(self._lines.channels(line), within_s=_CLOSE_S)
            while any(line.is_awaited for line in self._lines) and time.monotonic() < deadline:
                await self._listen(deadline)

    @property
    def is_waiting(self) -> bool:
        """Nothing but waiting is done just now: what cuts a call short leaves all as it was."""
        return self._lines.inbox.is_waiting

    def begin(self) -> None:
        """A call begins."""
        self._lines.inbox.is_waiting = False

    def let_go(self) -> None:
        """Hang up at once, without the event loop, which is closed."""
        for line in self._lines:
            line.transport.let_go()

    async def _settle(self, deadline: float = NEVER) -> None:
        """Wait until what was interrupted has stopped, or for so long."""
        unsettled = [line for line in self._lines if line.was_interrupted]
        for line in unsettled:
            await line.settle()
        while any(line.is_awaited and line in self._lines for line in unsettled) and time.monotonic() < deadline:
            await self._listen(deadline)
        for line in unsettled:
            line.was_interrupted = False

    async def _listen(self, deadline: float) -> None:
        until = min((line.next_deadline for line in self._lines), default=deadline)
        wait_s = min(until - time.monotonic(), deadline - time.monotonic(), _LONGEST_WAIT_S)
        for transport, heard in await self._lines.inbox.next(wait_s):
            line = self._lines.on(transport)
            if line is not None:
                await self._hear(line, heard)
        now = time.monotonic()
        for line in self._lines:
            if line.next_deadline <= now:
                for address, failure in await line.chase():
                    await self._note(line, address, failure)

    async def _hear(self, line: Line, heard: Any) -> None:
        try:
            if isinstance(heard, ConnectionFailed):
                raise heard
            parts = line.take(heard)
        except SessionLost as lost:
            await self._recover(line, lost)
        except ConnectionFailed as error:
            await self._strand(line, error)
        else:
            for part in parts:
                if isinstance(part, Answers):
                    self._take(part)
                else:
                    await self._note(line, part.address, part.reply)

    async def _note(self, line: Line, address: Address, reply: Reply) -> None:
        channel = address[0]
        if channel == 0:
            problem = reply.error() if isinstance(reply, Failure) else reply
            await self._strand(line, ProtocolError(f"the server did not understand its client: {problem}"))
            return
        seat = self._lines.riders(line).get(address)
        if isinstance(reply, Failure):
            error = reply.error()
            if error.fatal or channel not in line.opened_channels:
                await self._end(line, channel, error)
            elif seat is not None:
                self._fail(seat, error)
        elif seat is not None and isinstance(reply, Opened):
            await self._placement.opened(seat, line, reply)

    def _take(self, answers: Answers) -> None:
        ids, places = [], []
        asked = answers.asked
        for place in answers.places:
            rider, question = asked[place]
            if rider.asked is question:  # else it has lost its session meanwhile
                rider.asked = None
                ids.append(rider.env_id)
                places.append(place)
        if ids:
            self._arrived.append(Answered(ids, answers.rows, places))

    def _fail(self, seat: Seat, error: OpenEnvError) -> None:
        if seat.asked is not None:
            seat.asked = None
            self._arrived.append(Errored(seat.env_id, error))

    def _lose(self, seat: Seat, error: OpenEnvError) -> None:
        """Its session is gone, or cannot be had. One that is not asked just now is told when it is."""
        seat.line, seat.lost = None, error
        self._fail(seat, error)
        source = seat.source
        if source.first is seat:
            source.first = None
            waiting, source.waiting = source.waiting, []
            for other in waiting:
                self._lose(other, error)

    async def _end(self, line: Line, channel: int, error: OpenEnvError) -> None:
        """A session has ended: so does its channel, and a line that nobody shares."""
        seats = self._lines.leave(line, channel)
        is_shared = False
        for source in self._sources:
            if source.line is line:
                is_shared = True
                if source.seated == channel:
                    source.lose_seated()
        if seats and is_shared:
            await line.end([channel], within_s=_CLOSE_S)
        elif seats:
            await self._hang_up(line)
        for seat in seats:
            self._lose(seat, error)

    async def _recover(self, line: Line, lost: SessionLost) -> None:
        self._lines.disconnect(line)
        try:
            await line.recover(lost)
        except ConnectionFailed as error:
            await self._strand(line, error)
        else:
            self._lines.add(line)

    async def _strand(self, line: Line, error: OpenEnvError) -> None:
        """All its sessions are lost."""
        for seat in await self._hang_up(line):
            if line.worker_name and isinstance(error, SessionCrashed) and seat.address[0] not in line.opened_channels:
                name = line.worker_name
                self._lose(seat, EnvironmentFactoryError(name, f"{name} could not be created: {error}"))
            else:
                self._lose(seat, error)

    async def _hang_up(self, line: Line) -> list[Seat]:
        riders = self._lines.remove(line)
        for source in self._sources:
            if source.line is line:
                source.line = None
                source.lose_seated()
        await line.transport.close()
        return riders
