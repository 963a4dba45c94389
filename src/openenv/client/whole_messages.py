"""Whole messages: what nearly every WebSocket message is, one frame (RFC 6455, 5.2)."""

from __future__ import annotations

import os
from collections.abc import Sequence

from websockets.extensions import Extension
from websockets.frames import Frame, Opcode
from websockets.frames import apply_mask as masked  # type: ignore[attr-defined]  # in C, where the library has that

from openenv.processes.framing import MUCH, SOME
from openenv.wire.exchange import Message

_KINDS = {0x80 | Opcode.TEXT: Opcode.TEXT, 0x80 | Opcode.BINARY: Opcode.BINARY}
"""First bytes of an unfragmented frame without extensions."""

_SHORT, _TWO_BYTES, _EIGHT_BYTES = 125, 126, 127
_FINAL = _MASKED = 0x80


class WholeMessages:
    """Puts together what arrives in pieces. ``max_size`` is in bytes; what is larger is the library's to refuse."""

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size
        self._gathered: list[bytes] = []
        self._missing = 0
        self.at_once = SOME
        """How many bytes to ask for: where messages are large, as many as the last one had."""

    def take(self, data: bytes) -> tuple[Opcode, bytes | memoryview] | bytes | None:
        """A message, a large one uncopied; None where the rest of one is on its way; or bytes, where they are anything
        else, or the stream has ended (``data`` is empty)."""
        if self._gathered:
            self._gathered.append(data)
            self._missing -= len(data)
            if data and self._missing > 0:
                return None
            whole, self._gathered = b"".join(self._gathered), []
            if not data:
                return whole
            data = whole
        found = _extent(data)
        if found is None:
            return data
        kind, start, end = found
        missing = end - len(data)
        if missing < 0 or end - start > self._max_size:
            return data
        if missing:
            self._gathered, self._missing = [data], missing
            self.at_once = min(max(end, SOME), MUCH)
            return None
        return kind, data[start:] if end < SOME else memoryview(data)[start:]


def whole_frame(message: Message, extensions: Sequence[Extension]) -> bytes:
    """A message of a client's (masked). Where there are no extensions, the library would take three times as long."""
    kind, data = (Opcode.TEXT, message.encode()) if isinstance(message, str) else (Opcode.BINARY, message)
    if extensions:
        return Frame(kind, data).serialize(mask=True, extensions=extensions)
    length, mask = len(data), os.urandom(4)
    if length <= _SHORT:
        head = bytes((_FINAL | kind, _MASKED | length))
    elif length < 1 << 16:
        head = bytes((_FINAL | kind, _MASKED | _TWO_BYTES)) + length.to_bytes(2, "big")
    else:
        head = bytes((_FINAL | kind, _MASKED | _EIGHT_BYTES)) + length.to_bytes(8, "big")
    return b"".join((head, mask, masked(data, mask)))


def bytes_of(frame: Frame) -> int:
    """How many bytes a server's frame takes."""
    length = len(frame.data)
    return length + (2 if length <= _SHORT else 4 if length < 1 << 16 else 10)


def _extent(data: bytes) -> tuple[Opcode, int, int] | None:
    """Of such a frame of a server's (unmasked), which these bytes begin with: where its message begins and ends, which
    may be behind them."""
    if len(data) < 2:
        return None
    kind, length = _KINDS.get(data[0]), data[1]
    if kind is None or length > _EIGHT_BYTES:  # which is masked
        return None
    if length <= _SHORT:
        return kind, 2, 2 + length
    start = 4 if length == _TWO_BYTES else 10
    return None if len(data) < start else (kind, start, start + int.from_bytes(data[2:start], "big"))
