"""Captured output: the first and the last part of what a process printed, as text."""

from __future__ import annotations

import codecs

_CONTINUATION = range(0x80, 0xC0)
"""Bytes that continue a character of UTF-8."""


class CapturedOutput:
    """Keeps the first and the last ``limit / 2`` bytes of what it is given."""

    def __init__(self, limit: int) -> None:
        self._half = limit // 2
        self._head = bytearray()
        self._tail = bytearray()
        self._size = 0

    def add(self, data: bytes) -> None:
        """What was printed next."""
        self._size += len(data)
        room = self._half - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        if len(self._tail) > 2 * self._half:  # not each time, so that every byte is moved once
            del self._tail[: -self._half]

    @property
    def size(self) -> int:
        """Bytes in all."""
        return self._size

    @property
    def is_truncated(self) -> bool:
        """Something is left out."""
        return self._size > len(self._head) + len(self._tail[-self._half :])

    def text(self) -> str:
        """UTF-8, with ``\\xNN`` for each byte that is none; where something is left out, a line says how much."""
        tail = self._tail[-self._half :]
        if len(self._head) + len(tail) == self._size:
            return (self._head + tail).decode(errors="backslashreplace")
        decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        first = decoder.decode(bytes(self._head))
        cut = next((count for count, byte in enumerate(tail[:4]) if byte not in _CONTINUATION), 0)
        left_out = self._size - len(self._head) - len(tail) + len(decoder.getstate()[0]) + cut
        last = tail[cut:].decode(errors="backslashreplace")
        return f"{first}\n[... {left_out:,} bytes left out ...]\n{last}"
