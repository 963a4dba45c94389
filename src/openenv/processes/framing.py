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
_TIMEVAL = struct.Struct("@ll")


def framed(message: bytes) -> bytes:
    """The message with its length in front. MessageTooLarge over 1 GiB, which no peer would take."""
    if len(message) > MAX_MESSAGE:
        raise MessageTooLarge(len(message), max_size=MAX_MESSAGE)
    return LENGTH.pack(len(message)) + message


class MessageSocket:
    """Whole messages over a blocking stream socket of this process's own."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._buffer = b""
        self._timeout = 0.0
        self._unsent = memoryview(b"")

    def send(self, message: bytes, timeout_s: float | None = None) -> None:
        """Send one message. OSError when the peer is gone.

        TimeoutError when the peer does not take all of it within ``timeout_s`` seconds (None: wait for ever); the rest
        is sent before the next message.
        """
        data = framed(message)
        self._unsent = memoryview(self._unsent.tobytes() + data if self._unsent else data)
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while self._unsent:
            try:
                self._unsent = self._unsent[self._socket.send(self._unsent, socket.MSG_DONTWAIT) :]
            except BlockingIOError:
                self._wait_for_room(deadline)

    def receive(self, timeout_s: float = 0.0) -> bytes | None:
        """The next message; None at the end of the stream, also where that cuts a message.

        TimeoutError when nothing more of it comes for ``timeout_s`` seconds (0: wait for ever), rounded up to
        hundredths; what has arrived by then is kept. ProtocolError when it announces more than 1 GiB.
        """
        self._limit(timeout_s)
        while len(self._buffer) < LENGTH.size:
            if not self._receive_some():
                return None
        (length,) = LENGTH.unpack_from(self._buffer)
        if length > MAX_MESSAGE:
            raise ProtocolError(f"a message of {length:,} bytes is announced; the limit is {MAX_MESSAGE:,}")
        end = LENGTH.size + length
        while (missing := end - len(self._buffer)) > 0:
            if not (self._receive_some() if missing <= _CHUNK else self._receive_large(missing)):
                return None
        message, self._buffer = self._buffer[LENGTH.size : end], self._buffer[end:]
        return message

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

    def _limit(self, timeout_s: float) -> None:
        """The kernel keeps the time: a Python socket with a timeout costs one more system call per message."""
        rounded = math.ceil(timeout_s * 100) / 100
        if rounded != self._timeout:
            seconds = int(rounded)
            timeval = _TIMEVAL.pack(seconds, int((rounded - seconds) * 1e6))
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval)
            self._timeout = rounded

    def _receive_some(self) -> int:
        try:
            data = self._socket.recv(_CHUNK)
        except BlockingIOError as error:
            raise TimeoutError from error
        self._buffer = self._buffer + data if self._buffer else data
        return len(data)

    def _receive_large(self, size: int) -> int:
        """Into one buffer, instead of growing a string piece by piece."""
        data, received = bytearray(size), 0
        view = memoryview(data)
        try:
            while received < size:
                count = self._socket.recv_into(view[received:])
                if not count:
                    return 0
                received += count
            return received
        except BlockingIOError as error:
            raise TimeoutError from error
        finally:
            self._buffer += bytes(view[:received])
