"""Placement: which line a seat gets a session on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from openenv.client.transport import Colour
from openenv.errors import MessageTooLarge, OpenEnvError, RuntimeUnavailable, ServerUnreachable, SessionLost
from openenv.vector.line import Line
from openenv.vector.lines import Lines
from openenv.vector.seats import Seat, Source
from openenv.wire.frames import Opened, Reset

Failing = Callable[[Seat, OpenEnvError], None]
"""Takes the error of a seat."""


class Placement:
    """Opens sessions. The first of a source tells how they live: each on a line of its own, all on one, or all as one
    session with seats; until that is known, the others wait."""

    def __init__(
        self, sources: Sequence[Source], lines: Lines, colour: Colour, *, lose: Failing, fail: Failing
    ) -> None:
        self._sources = sources
        self._lines = lines
        self._colour = colour
        self._lose = lose
        self._fail = fail

    async def fill(self, seat: Seat) -> None:
        """Get it a session, if it is asked to begin an episode, and ask that."""
        if seat.asked is None or seat.asked.kind is not Reset:
            self._lose(seat, seat.lost or SessionLost("there is no session; reset begins one"))
            return
        try:
            line = await self._line_for(seat)
            if line is None:
                seat.source.waiting.append(seat)
            elif seat.source.seated is not None and seat in seat.source.seats:
                self._sit(seat, line)
                await self._ask(line, [seat])
            else:
                await self._open(seat, line)
        except OpenEnvError as error:
            self._lose(seat, error)
        except OSError as error:  # the system has no more processes or descriptors
            self._lose(seat, RuntimeUnavailable(f"there can be no further session: {error}"))

    async def opened(self, seat: Seat, line: Line, opened: Opened) -> None:
        """Its session is open. It is known now how those of its source live: who waited for that goes on."""
        line.opened(opened)
        source, waiting = seat.source, []
        if source.first is seat:
            source.first = None
            source.shares = opened.shares or opened.seats > 1 or not line.is_worker
            if not source.shares:
                source.line = None
            waiting, source.waiting = source.waiting, []
        if opened.seats > 1:
            self._lines.leave(line, opened.channel)
            source.seated = opened.channel
            for other in [seat, *waiting]:
                self._sit(other, line)
            await self._ask(line, [seat, *waiting])
        else:
            await self._ask(line, [seat])
            for other in waiting:
                await self.fill(other)

    async def _line_for(self, seat: Seat) -> Line | None:
        """A line for its session; None where it has to wait for another one's."""
        sources = [seat.source]
        if seat.lost is not None:  # where its server is gone, another one may have it
            sources += [source for source in self._sources if source is not seat.source]
        for source in sources:
            try:
                line = await self._connect(source) if source.line is None else source.line
            except ServerUnreachable:
                if source is sources[-1]:
                    raise
                continue
            seat.source = source
            if source.shares is None and seat in source.seats:
                source.first = source.first or seat
                return line if source.first is seat else None
            return line
        raise AssertionError("the last of them has raised")

    async def _connect(self, source: Source) -> Line:
        line = Line(await source.access.connect(self._colour), source.access, self._colour)
        self._lines.add(line)
        if line.opens_by_connecting:
            source.shares = False
        if source.shares is not False:
            source.line = line
        return line

    async def _open(self, seat: Seat, line: Line) -> None:
        channel = line.new_channel()
        self._lines.board(seat, line, (channel, 0))
        if line.opens_by_connecting:
            line.opened(Opened(channel, 0, ""))
            await self._ask(line, [seat])
        else:
            seats = len(seat.source.seats) if seat is seat.source.first else 1
            await line.send([line.opening(channel, seats=seats)])

    def _sit(self, seat: Seat, line: Line) -> None:
        source = seat.source
        assert source.seated is not None
        self._lines.board(seat, line, (source.seated, 1 + source.seats.index(seat)))

    async def _ask(self, line: Line, seats: Sequence[Seat]) -> None:
        """Ask for these, which have a session now, what they are asked."""
        asked = [(seat, seat.asked) for seat in seats if seat.asked is not None]
        if not asked:
            return
        try:
            messages = line.messages(asked, together=True)
        except MessageTooLarge as error:
            for seat, _ in asked:
                self._fail(seat, error)
        else:
            await line.send(messages)
