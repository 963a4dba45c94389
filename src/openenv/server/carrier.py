"""Carriers: what a connection writes to, whatever brought its messages."""

from __future__ import annotations

import asyncio
from collections import deque
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

    congested: bool
    """The peer does not read what was written: whatever would write more has to wait."""

    relieved: Callable[[], None]
    """Called when it is ``congested`` no longer."""

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
    """Plain ASGI. What answers a message at once is sent by the task that has read it, everything else by a task of its
    own; one at a time, in order. Nothing is read while much is unsent."""

    def __init__(self, send: Send) -> None:
        self.relieved: Callable[[], None] = lambda: None
        self.congested = False
        self._send = send
        self._outbox: deque[MutableMapping[str, Any]] = deque()
        self._unsent = 0
        self._delivering = False
        self._sending = False
        self._written = asyncio.Event()
        self._over = False
        self._pauses = 0
        self._may_read = asyncio.Event()
        self._may_read.set()

    def write(self, message: Message) -> None:
        """Put it into the outbox."""
        kind = "text" if isinstance(message, str) else "bytes"
        self._put({"type": "websocket.send", kind: message})
        self._unsent += len(message)
        if self._unsent > _MUCH and not self.congested and not self._over:
            self.congested = True
            self.pause()

    def pause(self) -> None:
        """Until ``resume``, ``bring`` waits."""
        self._pauses += 1
        if not self._over:
            self._may_read.clear()

    def resume(self) -> None:
        """Undo one ``pause``."""
        self._pauses -= 1
        if self._pauses == 0:
            self._may_read.set()

    def end(self) -> None:
        """Close behind what is in the outbox; what still comes is discarded."""
        self._put({"type": "websocket.close", "code": 1000})
        self._finish()

    async def bring(self, message: Message, *, deliver: Callable[[Message], None]) -> None:
        """Deliver a message, send what it is answered with at once, and wait while the connection has enough to do."""
        if self._over:
            return
        self._delivering = True
        try:
            deliver(message)
        finally:
            self._delivering = False
        await self._flush()
        await self._may_read.wait()

    async def send_all(self) -> None:
        """Send what is written at any other time, until the connection ends; run as a task."""
        while True:
            await self._written.wait()
            self._written.clear()
            await self._flush()

    def _put(self, event: MutableMapping[str, Any]) -> None:
        if not self._over:
            self._outbox.append(event)
            if not self._delivering:
                self._written.set()

    async def _flush(self) -> None:
        if self._sending:  # by the other task, which sends all there is
            return
        self._sending = True
        try:
            while self._outbox:
                event = self._outbox.popleft()
                await self._send(event)
                self._sent(event)
        except OSError:  # the peer is gone, which the receiving side is told when it reads again
            self._finish()
        finally:
            self._sending = False

    def _finish(self) -> None:
        self._over = True
        self._may_read.set()

    def _sent(self, event: MutableMapping[str, Any]) -> None:
        self._unsent -= len(event.get("text") or event.get("bytes") or ())
        if self.congested and self._unsent <= _MUCH:
            self.congested = False
            self.resume()
            self.relieved()
