"""Closing: the end of a connection, at which the peer loses nothing of what it was sent.

A socket that is closed with something unread resets the connection, and what the peer has not read yet is lost to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

CLOSE_TIMEOUT_S = 5.0
"""Seconds that a peer has, at the end of its connection, to say Close and to hang up."""


class PatientTransport:
    """A transport whose ``close`` is RFC 6455's (7.1.1): nothing more is sent, and what comes is read until the peer
    closes its side too, for ``timeout_s`` at most.

    ``closing`` is called first: it says what becomes of the data that come from then on.
    """

    def __init__(self, transport: asyncio.Transport, *, timeout_s: float, closing: Callable[[], None]) -> None:
        self._transport = transport
        self._timeout_s = timeout_s
        self._closing = closing
        self._aborting: asyncio.TimerHandle | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def close(self) -> None:
        """Send nothing more."""
        self._closing()
        if not self._transport.is_closing():
            self._transport.write_eof()
            self.read_on()

    def read_on(self, timeout_s: float | None = None) -> None:
        """Read, and close without more ado when the time is over; the shortest one counts."""
        loop = asyncio.get_running_loop()
        due = loop.time() + (self._timeout_s if timeout_s is None else timeout_s)
        if self._aborting is None or due < self._aborting.when():
            self.closed()
            self._aborting = loop.call_at(due, self._transport.abort)
        self._transport.resume_reading()

    def closed(self) -> None:
        """The peer was in time."""
        if self._aborting is not None:
            self._aborting.cancel()
