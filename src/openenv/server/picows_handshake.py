"""The request for an upgrade, as picows gets it."""

from __future__ import annotations

import re
from typing import Any

OUR_VERSION = re.compile(rb"\r\nsec-websocket-version:[ \t]*13[ \t]*\r\n", re.IGNORECASE)
_HANDSHAKE = (b"host", b"upgrade", b"connection", b"sec-websocket-key", b"sec-websocket-version")


def handshake(head: bytes) -> bytes:
    """The upgrade request with the headers that matter to picows, which limits the size of all together."""
    request, *lines = head.split(b"\r\n\r\n", 1)[0].split(b"\r\n")
    kept = [line for line in lines if line.partition(b":")[0].strip().lower() in _HANDSHAKE]
    method = request.partition(b" ")[0]
    return b"\r\n".join((method + b" / HTTP/1.1", *kept, b"", b""))


def feed(protocol: Any, data: bytes) -> None:
    """Bytes into a buffered protocol."""
    while data:
        buffer = protocol.get_buffer(len(data))
        size = min(len(buffer), len(data))
        buffer[:size] = data[:size]
        data = data[size:]
        protocol.buffer_updated(size)
