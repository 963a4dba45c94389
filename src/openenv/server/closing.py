"""Closing: the end of a connection, at which the peer loses nothing of what it was sent.

A socket that is closed with something unread resets the connection, and what the peer has not read yet is lost to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

CLOSE_TIMEOUT_S = 5.0
"""Seconds that a peer has, at the end of its connection, to say Close and to hang up."""


_SILENCE_S = 0.1
"""Seconds without anything after which a peer is thought to have sent all that was on its way."""


class PatientTransport:
    """A transport whose ``close`` is RFC 6455's (7.1.1): nothing more is sent, and what comes is read until the peer
    closes its side too, for ``timeout_s`` at most.

    ``closing`` is called first: it says whether the peer has sent its last, and what is ``heard`` from then on. A peer
    that is still sending is told the end of the stream in the first silence, since some clients cannot take it earlier.
    """

    def __init__(self, transport: asyncio.Transport, *, timeout_s: float, closing: Callable[[], bool]) -> None:
        self._transport = transport
        self.writelines = transport.writelines  # asked for with every large message; __getattr__ would cost more
        self._timeout_s = timeout_s
        self._closing = closing
        self._aborting: asyncio.TimerHandle | None = None
        self._ending: asyncio.TimerHandle | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def close(self) -> None:
        """Send nothing more."""
        if self._transport.is_closing():
            return
        if self._closing():
            self._transport.write_eof()
        else:
            self.heard()
        self.read_on()

    def heard(self) -> None:
        """Something has come, which is discarded."""
        _cancel(self._ending)
        self._ending = asyncio.get_running_loop().call_later(_SILENCE_S, self._transport.write_eof)

    def read_on(self, timeout_s: float | None = None) -> None:
        """Read, and close without more ado when the time is over; the shortest one counts."""
        loop = asyncio.get_running_loop()
        due = loop.time() + (self._timeout_s if timeout_s is None else timeout_s)
        if self._aborting is None or due < self._aborting.when():
            _cancel(self._aborting)
            self._aborting = loop.call_at(due, self._transport.abort)
        self._transport.resume_reading()

    def closed(self) -> None:
        """The peer was in time."""
        _cancel(self._aborting)
        _cancel(self._ending)


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
