"""Messages over a byte stream: four bytes with the length (big-endian), then the message."""

from __future__ import annotations

import math
import select
import socket
import struct
import time
from contextlib import suppress

from openenv.errors import MessageTooLarge, ProtocolError

LENGTH = struct.Struct(">I")
MAX_MESSAGE = 1 << 30
"""Bytes; a longer length is taken for a broken stream before anything is allocated."""

_CHUNK = 1 << 16
_LITTLE, _MUCH = (_CHUNK,), (1 << 20,)
_TIMEVAL = struct.Struct("@ll")
_WITHOUT_WAITING = (socket.MSG_DONTWAIT,)


def framed(message: bytes) -> bytes:
    """The message with its length in front. MessageTooLarge over 1 GiB, which no peer would take."""
    if len(message) > MAX_MESSAGE:
        raise MessageTooLarge(len(message), max_size=MAX_MESSAGE)
    return LENGTH.pack(len(message)) + message


class MessageSocket:
    """Whole messages over a blocking stream socket of this process's own.

    A signal handler that raises (Ctrl-C) may cut a call short anywhere and does no harm: what a system call took or
    gave is put into a list by the same C function, ``list.extend``, and from there into the state by assignments alone.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._hundredths = 0
        self._buffer = b""
        self._chunks: list[bytes] = []
        self._wanted = LENGTH.size
        self._unsent: bytes | memoryview = b""
        self._counts: list[int] = []

    def send(self, message: bytes, timeout_s: float | None = None) -> None:
        """Send one message. OSError when the peer is gone.

        TimeoutError when the peer does not take all of it within ``timeout_s`` seconds (None: wait for ever); the rest
        is sent before the next message.
        """
        data = framed(message)
        if self._unsent:
            self._note_sent()
            data = bytes(self._unsent) + data
        self._unsent = data
        deadline: float | None = None
        while self._unsent:
            if self._counts:
                self._note_sent()
                continue
            try:
                self._counts.extend(map(self._socket.send, (self._unsent,), _WITHOUT_WAITING))
            except BlockingIOError:
                if timeout_s is not None and deadline is None:
                    deadline = time.monotonic() + timeout_s
                self._wait_for_room(deadline)

    def receive(self, timeout_s: float = 0.0) -> bytes | None:
        """The next message; None at the end of the stream, also where that cuts a message.

        TimeoutError when nothing more of it comes for ``timeout_s`` seconds (0: wait for ever), rounded up to
        hundredths; what has arrived by then is kept. ProtocolError when it announces more than 1 GiB.
        """
        hundredths = math.ceil(timeout_s * 100)
        if hundredths != self._hundredths:
            self._limit(hundredths)
        while (message := self._next() if self._chunks or self._buffer else None) is None:
            try:
                self._chunks.extend(map(self._socket.recv, _LITTLE if self._wanted <= _CHUNK else _MUCH))
            except BlockingIOError as error:
                raise TimeoutError from error
            if not self._chunks[-1]:
                return None
        return message

    def forget(self) -> None:
        """Close it here only: the process that this one is a copy of goes on with it."""
        self._socket.close()

    def close(self) -> None:
        """Hang up, also where a forked process holds the socket too."""
        with suppress(OSError):  # the peer has hung up
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _wait_for_room(self, deadline: float | None) -> None:
        """Until the peer has read some of what was sent."""
        remaining_s = None if deadline is None else max(0.0, deadline - time.monotonic())
        poll = select.poll()  # select.select is limited to 1024 descriptors
        poll.register(self._socket, select.POLLOUT)
        if not poll.poll(None if remaining_s is None else math.ceil(remaining_s * 1000)):
            raise TimeoutError("the peer does not read")

    def _limit(self, hundredths: int) -> None:
        """The kernel keeps the time: a Python socket with a timeout costs one more system call per message."""
        timeval = _TIMEVAL.pack(hundredths // 100, hundredths % 100 * 10_000)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval)
        self._hundredths = hundredths

    def _note_sent(self) -> None:
        if self._counts:
            rest = b"" if self._counts[0] == len(self._unsent) else memoryview(self._unsent)[self._counts[0] :]
            self._unsent, self._counts = rest, []

    def _next(self) -> bytes | None:
        """The first message, when it is whole. The parts of a large one are joined once, at its end."""
        if self._buffer and len(self._buffer) + sum(map(len, self._chunks)) < self._wanted:
            return None
        if self._chunks:
            data = b"".join((self._buffer, *self._chunks)) if self._buffer or self._chunks[1:] else self._chunks[0]
            self._buffer, self._chunks = data, []
        if len(self._buffer) < LENGTH.size:
            return None
        (length,) = LENGTH.unpack_from(self._buffer)
        if length > MAX_MESSAGE:
            raise ProtocolError(f"a message of {length:,} bytes is announced; the limit is {MAX_MESSAGE:,}")
        end = LENGTH.size + length
        if len(self._buffer) < end:
            self._wanted = end
            return None
        message, self._buffer, self._wanted = self._buffer[LENGTH.size : end], self._buffer[end:], LENGTH.size
        return message
