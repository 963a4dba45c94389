"""Carriers: what a connection writes to, whatever brought its messages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

from openenv.wire.exchange import Message

DIRECT = "openenv.direct"
"""The ASGI extension whose value is a ``DirectCarrier``."""

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Carrier(Protocol):
    """One WebSocket."""

    def write(self, message: Message) -> None:
        """Send a message soon; nothing happens when the peer is gone."""
        ...

    def pause(self) -> None:
        """Bring no more messages for now; calls are counted."""
        ...

    def resume(self) -> None:
        """Undo one ``pause``."""
        ...

    def end(self) -> None:
        """Close with 1000."""
        ...


class DirectCarrier(Carrier, Protocol):
    """One that calls for every message, instead of being asked."""

    closed: asyncio.Event

    def start(self, deliver: Callable[[Message], None]) -> None:
        """Call this with every message from now on."""
        ...


class AsgiCarrier:
    """Plain ASGI: a task of its own sends what is written, in order."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._outbox: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        self._pauses = 0
        self._may_read = asyncio.Event()
        self._may_read.set()

    def write(self, message: Message) -> None:
        """Put it into the outbox."""
        kind = "text" if isinstance(message, str) else "bytes"
        self._outbox.put_nowait({"type": "websocket.send", kind: message})

    def pause(self) -> None:
        """Until ``resume``, ``ready_to_read`` waits."""
        self._pauses += 1
        self._may_read.clear()

    def resume(self) -> None:
        """Undo one ``pause``."""
        self._pauses -= 1
        if self._pauses == 0:
            self._may_read.set()

    def end(self) -> None:
        """Close behind what is in the outbox."""
        self._outbox.put_nowait({"type": "websocket.close", "code": 1000})

    async def ready_to_read(self) -> None:
        """Wait while the connection has enough to do."""
        await self._may_read.wait()

    async def send_all(self) -> None:
        """Send until the connection ends; run as a task."""
        try:
            while True:
                await self._send(await self._outbox.get())
        except OSError:  # the peer is gone, which the receiving side is told
            pass
