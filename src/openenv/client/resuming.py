"""Resuming: coming back to a session over a new connection, with its id and its secret."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from openenv.client.addresses import is_loopback
from openenv.client.transport import Colour, Limits, Transport
from openenv.errors import ConnectionFailed, ServerUnreachable, SessionLost
from openenv.runtimes.endpoint import UrlEndpoint
from openenv.wire import v2
from openenv.wire.frames import SUBPROTOCOL, Failure, Open, Opened

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.02, 1.0
_REFUSED_ON_LOOPBACK_S = 1.8
"""A server on this machine that does not listen is gone; nothing between here and there could hide it."""


@dataclass(frozen=True)
class Ticket:
    """What it takes to come back to a session."""

    endpoint: UrlEndpoint
    session_id: str
    secret: str
    _attempts: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def resume(self, why: str, *, channel: int, colour: Colour, limits: Limits) -> Transport:
        """A new connection that has the session on ``channel``. SessionLost when that takes too long, or when the
        server no longer knows the session."""
        began, pause_s = time.monotonic(), _FIRST_PAUSE_S
        while True:
            left_s = began + limits.reconnect_timeout_s - time.monotonic()
            try:
                return await self._connect(channel, colour, _within(limits, left_s))
            except (ServerUnreachable, _ConnectionBroke) as error:
                if self._is_refused_here(error):
                    left_s = began + min(limits.reconnect_timeout_s, _REFUSED_ON_LOOPBACK_S) - time.monotonic()
                if left_s <= pause_s:
                    raise SessionLost(f"{why}; reaching the session again failed: {error}") from error
            await colour.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _connect(self, channel: int, colour: Colour, limits: Limits) -> Transport:
        transport = await colour.connect_url(self.endpoint, limits, [SUBPROTOCOL])
        if transport.subprotocol != SUBPROTOCOL:
            await transport.close()
            raise SessionLost("another server answers at the address, which does not know the session")
        opening = Open(channel, next(self._attempts), self.session_id, self.secret)
        try:
            await transport.send(v2.encode(opening), limits.connect_timeout_s)
            reply = v2.decode_reply(await transport.receive(limits.connect_timeout_s))
            transport.torn = False
        except BaseException as error:
            with suppress(ConnectionFailed):
                await transport.close()
            if isinstance(error, (SessionLost, TimeoutError)):
                raise _ConnectionBroke(str(error)) from error
            raise
        if isinstance(reply, Failure):
            await transport.close()
            raise SessionLost(f"the server no longer has the session: {reply.message}")
        assert isinstance(reply, Opened)
        return transport

    def _is_refused_here(self, error: Exception) -> bool:
        return isinstance(error.__cause__, ConnectionRefusedError) and is_loopback(self.endpoint.url)


class _ConnectionBroke(ConnectionFailed):
    """Another attempt may do better."""


def _within(limits: Limits, left_s: float) -> Limits:
    return replace(limits, connect_timeout_s=max(0.1, min(limits.connect_timeout_s, left_s)))
