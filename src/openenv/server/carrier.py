"""Carriers: what a connection writes to, whatever brought its messages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

from openenv.wire.exchange import Message

DIRECT = "openenv.direct"
"""The ASGI extension whose value is a ``DirectCarrier``."""

_MUCH = 64 * 1024
"""Characters or bytes that may wait to be sent; as much as asyncio's transports take by default."""

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Carrier(Protocol):
    """One WebSocket."""

    relieved: Callable[[], None]
    """Called when it is ``congested`` no longer."""

    @property
    def congested(self) -> bool:
        """The peer does not read what was written: whatever would write more has to wait."""
        ...

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
    """Plain ASGI: a task of its own sends what is written, in order. Nothing is read while much of it is unsent."""

    def __init__(self, send: Send) -> None:
        self.relieved: Callable[[], None] = lambda: None
        self.congested = False
        self._send = send
        self._unsent = 0
        self._gone = False
        self._outbox: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        self._pauses = 0
        self._may_read = asyncio.Event()
        self._may_read.set()

    def write(self, message: Message) -> None:
        """Put it into the outbox."""
        if self._gone:
            return
        kind = "text" if isinstance(message, str) else "bytes"
        self._outbox.put_nowait({"type": "websocket.send", kind: message})
        self._unsent += len(message)
        if self._unsent > _MUCH and not self.congested:
            self.congested = True
            self.pause()

    def pause(self) -> None:
        """Until ``resume``, ``ready_to_read`` waits."""
        self._pauses += 1
        if not self._gone:
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
                event = await self._outbox.get()
                await self._send(event)
                self._sent(event)
        except OSError:  # the peer is gone, which the receiving side is told when it reads again
            self._gone = True
            self._may_read.set()

    def _sent(self, event: MutableMapping[str, Any]) -> None:
        self._unsent -= len(event.get("text") or event.get("bytes") or ())
        if self.congested and self._unsent <= _MUCH:
            self.congested = False
            self.resume()
            self.relieved()
