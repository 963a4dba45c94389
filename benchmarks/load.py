"""Load: many WebSocket connections that each send a small v1 step, wait for the reply, and send the next.

It speaks just enough of RFC 6455 to cost little beside the server that it measures: whole, small, unfragmented frames.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass
from typing import cast
from urllib.parse import urlsplit

import uvloop

from benchmarks.processes import cpu_s_of

STEP = b'{"type":"step","data":{"message":"hello"}}'
RESET = b'{"type":"reset"}'

_PATIENCE_S = 20.0


@dataclass(frozen=True)
class Load:
    """``messages`` replies in ``seconds``, for which the server used its processor for ``server_cpu_s``."""

    messages: int
    seconds: float
    server_cpu_s: float


def masked_text(payload: bytes) -> bytes:
    """A client's text frame of at most 125 bytes, masked with zeros (which any server must accept)."""
    return bytes((0x81, 0x80 | len(payload), 0, 0, 0, 0)) + payload


class Peer(asyncio.Protocol):
    """One connection: after its handshake it resets once, then steps until it is told to stop."""

    def __init__(self, host: str, step: bytes = STEP) -> None:
        self._host = host
        self._step = masked_text(step)
        self._buffer = b""
        self._upgraded = False
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.stopped: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.replies = 0
        self.running = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are of no class of asyncio's
        self._transport.write(
            f"GET /ws HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Count whole frames; answer each with the next step."""
        self._buffer += data
        if not self._upgraded:
            if b"\r\n\r\n" not in self._buffer:
                return
            head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
            assert b" 101 " in head.split(b"\r\n", 1)[0], head
            self._upgraded = True
            self._transport.write(masked_text(RESET))
        while (size := _frame_size(self._buffer)) and len(self._buffer) >= size:
            frame, self._buffer = self._buffer[:size], self._buffer[size:]
            if frame[0] & 0x0F == 1:
                self.replied(frame)

    def begin(self) -> None:
        """Send the first step."""
        self._transport.write(self._step)

    def connection_lost(self, error: Exception | None) -> None:
        """A server that hangs up spoils the run."""
        for future in (self.ready, self.stopped):
            if not future.done():
                future.set_exception(ConnectionError(f"the server hung up: {error}"))

    def replied(self, frame: bytes) -> None:
        """A text message has come."""
        if not self.ready.done():
            self.ready.set_result(None)
            return
        self.replies += 1
        if self.running:
            self._transport.write(self._step)
        else:
            self.stopped.set_result(None)

    def close(self) -> None:
        """Hang up."""
        self._transport.abort()


def payload_of(frame: bytes) -> bytes:
    """A server's frame without its head."""
    return frame[2 + _length_width(frame) :]


def _frame_size(buffer: bytes) -> int:
    """The size of the first frame in the buffer; 0 while its head is incomplete."""
    if len(buffer) < 2:
        return 0
    if (width := _length_width(buffer)) == 0:
        return 2 + (buffer[1] & 0x7F)
    return 2 + width + int.from_bytes(buffer[2 : 2 + width], "big") if len(buffer) >= 2 + width else 0


def _length_width(frame: bytes) -> int:
    """How many bytes more than the usual one the length takes."""
    return {126: 2, 127: 8}.get(frame[1] & 0x7F, 0)


async def apply(url: str, *, server_pid: int, connections: int, seconds: float, step: bytes = STEP) -> Load:
    """Keep every connection busy for that long; the replies to the last steps are waited for and counted, connecting is
    not."""
    peers = await _connect(url, connections, step)
    used, began = cpu_s_of(server_pid), time.perf_counter()
    for peer in peers:
        peer.begin()
    await asyncio.sleep(seconds)
    for peer in peers:
        peer.running = False
    async with asyncio.timeout(_PATIENCE_S):
        await asyncio.gather(*(peer.stopped for peer in peers))
    took, cpu_s = time.perf_counter() - began, cpu_s_of(server_pid) - used
    for peer in peers:
        peer.close()
    return Load(sum(peer.replies for peer in peers), took, cpu_s)


async def _connect(url: str, connections: int, step: bytes) -> list[Peer]:
    """Connections that have reset their sessions."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    loop = asyncio.get_running_loop()
    peers = []
    async with asyncio.timeout(_PATIENCE_S):
        for _ in range(connections):
            _, peer = await loop.create_connection(lambda: Peer(parts.netloc, step), parts.hostname, parts.port or 80)
            peers.append(peer)
        await asyncio.gather(*(peer.ready for peer in peers))
    return peers


def main() -> None:
    """``python -m benchmarks.load URL SERVER_PID CONNECTIONS SECONDS`` prints what it did as JSON."""
    url, server_pid, connections, seconds = sys.argv[1:]
    load = apply(url, server_pid=int(server_pid), connections=int(connections), seconds=float(seconds))
    print(json.dumps(asdict(uvloop.run(load))))


if __name__ == "__main__":
    main()
