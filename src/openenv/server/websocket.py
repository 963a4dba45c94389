"""``/ws``: the WebSocket endpoint, as plain ASGI."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from openenv.server.connection import Connection
from openenv.sessions.pool import SessionPool
from openenv.wire.exchange import Message, ServerExchange, server_exchange
from openenv.wire.frames import SUBPROTOCOL, Open

_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class WebSocketEndpoint:
    """Accepts every upgrade; what is wrong afterwards is said in the protocol that was agreed on."""

    def __init__(
        self, pool: SessionPool, *, exchange: Callable[[str | None], ServerExchange] = server_exchange
    ) -> None:
        self._pool = pool
        self._exchange = exchange

    async def __call__(self, scope: MutableMapping[str, Any], receive: _Receive, send: _Send) -> None:
        """Serve one connection to its end."""
        await receive()  # websocket.connect
        chosen = SUBPROTOCOL if SUBPROTOCOL in scope["subprotocols"] else None
        await send({"type": "websocket.accept", "subprotocol": chosen})
        connection = Connection(self._pool, self._exchange(chosen), _sender(send))
        closing = asyncio.create_task(_close_when_over(connection, send))
        try:
            if chosen is None:  # v1 has no message for it
                await connection.put(Open(0, 0, _session_id(scope)))
            while (event := await receive())["type"] == "websocket.receive":
                text = event.get("text")
                await connection.receive(event["bytes"] if text is None else text)
        finally:
            closing.cancel()
            await connection.close()


def _sender(send: _Send) -> Callable[[Message], Awaitable[None]]:
    async def send_message(message: Message) -> None:
        try:
            await send({"type": "websocket.send", "text" if isinstance(message, str) else "bytes": message})
        except OSError:  # the peer is gone, which the receiving side will be told
            pass

    return send_message


async def _close_when_over(connection: Connection, send: _Send) -> None:
    await connection.over.wait()
    await send({"type": "websocket.close", "code": 1000})


def _session_id(scope: MutableMapping[str, Any]) -> str | None:
    found = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("session_id")
    return found[0] if found else None
