"""A session: one live environment with an id, which receives requests from whatever carries them."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable

from openenv.errors import SessionError
from openenv.sessions.host import Host
from openenv.wire.frames import Failure, Reply, Request


class Session:
    """It knows no connection. Requests are answered in the order in which they come.

    ``gives_way`` says that nobody has come back to it yet, so that it may be closed to make room for another one.
    """

    def __init__(self, host: Host, *, gives_way: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self.id = secrets.token_urlsafe(16)
        self.created_at = time.time()
        self.gives_way = gives_way
        self._host = host
        self._closed = False
        self._clock = clock
        self._holders = 0
        self._released_at = clock()

    @property
    def is_held(self) -> bool:
        """Somebody uses it."""
        return self._holders > 0

    @property
    def idle_s(self) -> float:
        """For how many seconds nobody has held it."""
        return 0.0 if self.is_held else self._clock() - self._released_at

    def hold(self) -> None:
        """Somebody uses it from now on: a connection that is attached, or a request."""
        self._holders += 1

    def release(self) -> None:
        """One of those who hold it does so no longer."""
        self._holders -= 1
        self._released_at = self._clock()

    def call(self, request: Request) -> asyncio.Future[Reply]:
        """The reply to one request; what went wrong is a Failure."""
        if not self._closed:
            return self._host.call(request)
        closed: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        error = SessionError(f"session {self.id} is closed")
        closed.set_result(Failure.of(error, channel=request.channel, id=request.id))
        return closed

    async def close(self) -> None:
        """End the session, once."""
        if not self._closed:
            self._closed = True
            await self._host.close()
