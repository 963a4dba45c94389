"""A session: one live environment with an id, which receives requests from whatever carries them."""

from __future__ import annotations

import secrets
import time

from openenv.sessions.host import Host
from openenv.wire.frames import Reply, Request


class Session:
    """It knows no connection. Requests are answered in the order in which they come."""

    def __init__(self, host: Host) -> None:
        self.id = secrets.token_urlsafe(16)
        self.created_at = time.time()
        self._host = host

    async def call(self, request: Request) -> Reply:
        """The reply to one request; what went wrong is a Failure."""
        return await self._host.call(request)

    async def close(self) -> None:
        """End the session."""
        await self._host.close()
