"""Resuming: coming back to a session over a new connection, with its id and its secret."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from openenv.client.addresses import is_loopback
from openenv.client.transport import Colour, Limits, Transport
from openenv.errors import ConnectionFailed, ServerUnreachable, SessionLost
from openenv.runtimes.endpoint import UrlEndpoint
from openenv.wire import v2
from openenv.wire.frames import SUBPROTOCOL, Failure, Open

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

    def opening(self, channel: int) -> Open:
        """The request that takes the session over, on a channel of a new connection."""
        return Open(channel, next(self._attempts), self.session_id, self.secret)


async def resume(
    tickets: Mapping[int, Ticket], why: str, *, colour: Colour, limits: Limits
) -> tuple[Transport, dict[int, SessionLost]]:
    """A new connection that has the sessions on these channels, all of one endpoint; and those that the server no
    longer knows. SessionLost when it cannot be reached for too long, or knows none of them."""
    endpoint = next(iter(tickets.values())).endpoint
    began, pause_s = time.monotonic(), _FIRST_PAUSE_S
    while True:
        left_s = began + limits.reconnect_timeout_s - time.monotonic()
        try:
            transport, lost = await _connect(endpoint, tickets, colour=colour, limits=_within(limits, left_s))
        except (ServerUnreachable, _ConnectionBroke) as error:
            if isinstance(error.__cause__, ConnectionRefusedError) and is_loopback(endpoint.url):
                left_s = began + min(limits.reconnect_timeout_s, _REFUSED_ON_LOOPBACK_S) - time.monotonic()
            if left_s <= pause_s:
                raise SessionLost(f"{why}; reaching the session again failed: {error}") from error
        else:
            if len(lost) == len(tickets):
                await transport.close()
                raise next(iter(lost.values()))
            return transport, lost
        await colour.sleep(pause_s)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


async def _connect(
    endpoint: UrlEndpoint, tickets: Mapping[int, Ticket], *, colour: Colour, limits: Limits
) -> tuple[Transport, dict[int, SessionLost]]:
    transport = await colour.connect_url(endpoint, limits, [SUBPROTOCOL])
    if transport.subprotocol != SUBPROTOCOL:
        await transport.close()
        raise SessionLost("another server answers at the address, which does not know the session")
    try:
        for channel, ticket in tickets.items():
            await transport.send(v2.encode(ticket.opening(channel)), limits.connect_timeout_s)
        return transport, await _answers(transport, set(tickets), limits.connect_timeout_s)
    except BaseException as error:
        with suppress(ConnectionFailed):
            await transport.close()
        if isinstance(error, (SessionLost, TimeoutError)):
            raise _ConnectionBroke(str(error)) from error
        raise


async def _answers(transport: Transport, channels: set[int], timeout_s: float) -> dict[int, SessionLost]:
    lost: dict[int, SessionLost] = {}
    while channels:
        reply = v2.decode_reply(await transport.receive(timeout_s))
        transport.torn = False
        if isinstance(reply, Failure):
            lost[reply.channel] = SessionLost(f"the server no longer has the session: {reply.message}")
        channels.discard(reply.channel)
    return lost


class _ConnectionBroke(ConnectionFailed):
    """Another attempt may do better."""


def _within(limits: Limits, left_s: float) -> Limits:
    return replace(limits, connect_timeout_s=max(0.1, min(limits.connect_timeout_s, left_s)))
