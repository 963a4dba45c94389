"""``/ws``: the WebSocket endpoint, as plain ASGI."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from openenv.server.carrier import DIRECT, AsgiCarrier, DirectCarrier, Send
from openenv.server.connection import Connection
from openenv.sessions.pool import SessionPool
from openenv.wire.exchange import Message, ServerExchange, server_exchange
from openenv.wire.frames import SUBPROTOCOL, Open

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class WebSocketEndpoint:
    """Accepts every upgrade; what is wrong afterwards is said in the protocol that was agreed on."""

    def __init__(
        self, pool: SessionPool, *, exchange: Callable[[str | None], ServerExchange] = server_exchange
    ) -> None:
        self._pool = pool
        self._exchange = exchange
        self._connections: set[Connection] = set()

    def drain(self) -> None:
        """Tell every peer that the server ends."""
        for connection in self._connections:
            connection.drain()

    async def __call__(self, scope: _Scope, receive: _Receive, send: Send) -> None:
        """Serve one connection to its end."""
        await receive()  # websocket.connect
        chosen = SUBPROTOCOL if SUBPROTOCOL in scope["subprotocols"] else None
        await send({"type": "websocket.accept", "subprotocol": chosen})
        direct: DirectCarrier | None = (scope.get("extensions") or {}).get(DIRECT)
        carrier = AsgiCarrier(send) if direct is None else direct
        connection = Connection(self._pool, self._exchange(chosen), carrier, lasting=chosen is not None)
        self._connections.add(connection)
        try:
            if chosen is None:  # v1 has no message for it
                connection.put(Open(0, 0, _session_id(scope)))
            if isinstance(carrier, AsgiCarrier):
                await _carry(carrier, connection, receive)
            else:
                carrier.start(connection.receive)
                await carrier.closed.wait()
        finally:
            self._connections.discard(connection)
            await connection.close()


async def _carry(carrier: AsgiCarrier, connection: Connection, receive: _Receive) -> None:
    """Bring the connection its messages, and send what it writes."""
    sending = asyncio.create_task(carrier.send_all())
    try:
        while (event := await receive())["type"] == "websocket.receive":
            text: str | None = event.get("text")
            message: Message = event["bytes"] if text is None else text
            await carrier.bring(message, deliver=connection.receive)
    finally:
        sending.cancel()


def _session_id(scope: _Scope) -> str | None:
    found = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("session_id")
    return found[0] if found else None
