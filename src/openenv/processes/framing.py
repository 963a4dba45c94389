"""Messages over a byte stream: four bytes with the length (big-endian), then the message."""

from __future__ import annotations

import socket
import struct

from openenv.errors import ProtocolError

LENGTH = struct.Struct(">I")
MAX_MESSAGE = 1 << 30
"""Bytes; a longer length is taken for a broken stream before anything is allocated."""

_CHUNK = 1 << 16


def framed(message: bytes) -> bytes:
    """The message with its length in front."""
    return LENGTH.pack(len(message)) + message


class FrameBuffer:
    """Takes bytes as they come and gives whole messages."""

    def __init__(self) -> None:
        self._data = b""

    def feed(self, data: bytes) -> None:
        """Add what arrived."""
        self._data = self._data + data if self._data else data

    def missing(self) -> int:
        """How many bytes the next message still lacks; 0 when it is complete."""
        if len(self._data) < LENGTH.size:
            return LENGTH.size - len(self._data)
        (length,) = LENGTH.unpack_from(self._data)
        if length > MAX_MESSAGE:
            raise ProtocolError(f"a message of {length:,} bytes is announced; the limit is {MAX_MESSAGE:,}")
        return max(0, LENGTH.size + length - len(self._data))

    def pop(self) -> bytes | None:
        """The next whole message, or None."""
        if self.missing():
            return None
        (length,) = LENGTH.unpack_from(self._data)
        end = LENGTH.size + length
        message, self._data = self._data[LENGTH.size : end], self._data[end:]
        return message


class MessageSocket:
    """Whole messages over a blocking stream socket."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self._buffer = FrameBuffer()

    def send(self, message: bytes) -> None:
        """Send one message. OSError when the peer is gone."""
        self.socket.sendall(framed(message))

    def receive(self) -> bytes | None:
        """The next message; None at the end of the stream. TimeoutError after the socket's timeout."""
        while (message := self._buffer.pop()) is None:
            missing = self._buffer.missing()
            received = self._receive_large(missing) if missing > _CHUNK else self._receive_some()
            if not received:
                return None
        return message

    def _receive_some(self) -> int:
        data = self.socket.recv(_CHUNK)
        self._buffer.feed(data)
        return len(data)

    def _receive_large(self, size: int) -> int:
        """Into one buffer, instead of growing a string; what arrived before a timeout is kept."""
        data, received = bytearray(size), 0
        view = memoryview(data)
        try:
            while received < size:
                count = self.socket.recv_into(view[received:])
                if not count:
                    return 0
                received += count
            return received
        finally:
            self._buffer.feed(bytes(view[:received]))
