"""Calls: requests of a session that are carried out, or wait for it; and the rest between them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from openenv.errors import ServerError
from openenv.sessions.host import Answered
from openenv.wire.frames import OPERATIONS, Failure, Request


class Rest:
    """The moment in which no call runs, for those who wait for it."""

    def __init__(self) -> None:
        self._event: asyncio.Event | None = None

    async def wait(self) -> None:
        """Until it has come."""
        self._event = self._event or asyncio.Event()
        await self._event.wait()

    def has_come(self) -> None:
        """Wake them."""
        event, self._event = self._event, None
        if event is not None:
            event.set()


@dataclass(slots=True)
class Call:
    """One request, and who waits for its reply."""

    request: Request
    answered: Answered
    allowed_s: float
    is_own: bool
    """The session's own client asked, whose ids these are."""
    cut_short: ServerError | None = None
    """Why it was interrupted."""
    until: float = 0.0
    """When it is ended, if it has not stopped by then."""

    @property
    def operation(self) -> str:
        """What is asked, in a word."""
        return OPERATIONS[type(self.request)]

    def fail(self, error: ServerError) -> None:
        """Answer it with an error."""
        self.answered(Failure.of(error, channel=self.request.channel, id=self.request.id))
