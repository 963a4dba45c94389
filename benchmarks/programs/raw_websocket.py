"""A server that sends every WebSocket frame straight back: what a connection costs when nobody looks into its messages.

It takes clients at their word: whole frames of less than 126 bytes, masked with zeros. Prints its URL.
"""

import asyncio
import base64
import hashlib
import re
from typing import cast

import uvloop

from openenv.processes.parent_death import end_with_parent

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Echo(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are of no class of asyncio's
        self._buffer = b""
        self._upgraded = False

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded and b"\r\n\r\n" in self._buffer:
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            self._accept(head)
        while self._upgraded and len(self._buffer) >= 2 and len(self._buffer) >= (size := 6 + (self._buffer[1] & 0x7F)):
            frame, self._buffer = self._buffer[:size], self._buffer[size:]
            self._transport.write(bytes((frame[0], frame[1] & 0x7F)) + frame[6:])

    def _accept(self, head: bytes) -> None:
        key = re.search(rb"sec-websocket-key: *(\S+)", head, re.IGNORECASE)
        assert key is not None
        accept = base64.b64encode(hashlib.sha1(key[1] + _GUID).digest())
        self._transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        self._upgraded = True


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0, backlog=2048)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    end_with_parent()
    uvloop.run(main())
