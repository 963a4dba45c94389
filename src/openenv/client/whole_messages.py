"""Whole messages: what nearly every WebSocket message is, one frame that arrives at once (RFC 6455, 5.2)."""

from __future__ import annotations

from websockets.frames import Frame, Opcode

_KINDS = {0x80 | Opcode.TEXT: Opcode.TEXT, 0x80 | Opcode.BINARY: Opcode.BINARY}
"""First bytes of an unfragmented frame without extensions."""

_SHORT, _TWO_BYTES, _EIGHT_BYTES = 125, 126, 127


def whole_message(data: bytes) -> tuple[Opcode, bytes] | None:
    """The message, where these bytes are exactly one such frame of a server's (unmasked)."""
    kind = _KINDS.get(data[0]) if len(data) > 1 else None
    if kind is None:
        return None
    length, start = data[1], 2
    if length == _TWO_BYTES:
        length, start = int.from_bytes(data[2:4], "big"), 4
    elif length == _EIGHT_BYTES:
        length, start = int.from_bytes(data[2:10], "big"), 10
    elif length > _SHORT:  # masked
        return None
    return (kind, data[start:]) if len(data) == start + length else None


def bytes_of(frame: Frame) -> int:
    """How many bytes a server's frame takes."""
    length = len(frame.data)
    return length + (2 if length <= _SHORT else 4 if length < 1 << 16 else 10)
