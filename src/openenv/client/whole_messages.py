"""Whole messages: what nearly every WebSocket message is, one frame (RFC 6455, 5.2)."""

from __future__ import annotations

from websockets.frames import Frame, Opcode

from openenv.processes.framing import MUCH, SOME

_KINDS = {0x80 | Opcode.TEXT: Opcode.TEXT, 0x80 | Opcode.BINARY: Opcode.BINARY}
"""First bytes of an unfragmented frame without extensions."""

_SHORT, _TWO_BYTES, _EIGHT_BYTES = 125, 126, 127


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
        if found is None or found[2] < len(data) or found[2] - found[1] > self._max_size:
            return data
        kind, start, end = found
        if end > len(data):
            self._gathered, self._missing = [data], end - len(data)
            self.at_once = min(max(end, SOME), MUCH)
            return None
        return kind, data[start:] if end < SOME else memoryview(data)[start:]


def bytes_of(frame: Frame) -> int:
    """How many bytes a server's frame takes."""
    length = len(frame.data)
    return length + (2 if length <= _SHORT else 4 if length < 1 << 16 else 10)


def _extent(data: bytes) -> tuple[Opcode, int, int] | None:
    """Of such a frame of a server's (unmasked), which these bytes begin with: where its message begins and ends, which
    may be behind them."""
    kind = _KINDS.get(data[0]) if len(data) > 1 else None
    if kind is None:
        return None
    length, start = data[1], 2
    if length > _EIGHT_BYTES:  # masked
        return None
    if length > _SHORT:
        start = 4 if length == _TWO_BYTES else 10
        if len(data) < start:
            return None
        length = int.from_bytes(data[2:start], "big")
    return kind, start, start + length
