"""Upgrades and frames that break RFC 6455, against the server that `openenv serve` runs."""

import base64
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator

import pytest

from openenv import GenericEnvClient

KEY = base64.b64encode(os.urandom(16)).decode()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    command = [sys.executable, "-m", "openenv.cli", "serve", "echo-env", "--port", "0", "--max-sessions", "2"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    with server, server.stdout:
        yield int(server.stdout.readline().split()[4].rpartition(":")[2])
        server.terminate()


def upgrade(port: int, *headers: str) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port), 10)
    lines = ("GET /ws HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade", *headers, "", "")
    sock.sendall("\r\n".join(lines).encode())
    return sock


def masked(first_byte: int, payload: bytes) -> bytes:
    return bytes((first_byte, 0x80 | len(payload), 0, 0, 0, 0)) + payload


def close_code(sock: socket.socket) -> int:
    data = b""
    while part := sock.recv(4096):
        data += part
    (code,) = struct.unpack(">H", data[-2:])
    return int(code)


def test_refused_upgrades_take_no_session(port: int):
    for _ in range(5):
        with upgrade(port, "Sec-WebSocket-Version: 13") as sock:  # without a key
            assert sock.recv(4096).startswith(b"HTTP/1.1 400")
    with GenericEnvClient(f"http://127.0.0.1:{port}") as env:
        assert env.reset().observation["echoed_message"] == "Echo environment ready"


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (masked(0x88, b""), 1000),
        (masked(0x88, struct.pack(">H", 4000)), 4000),
        (masked(0x88, struct.pack(">H", 1006)), 1002),
        (masked(0x80, b"a continuation of nothing"), 1002),
        (masked(0x01, b"begun") + masked(0x81, b"and begun again"), 1002),
        (masked(0xC1, b"a reserved bit"), 1002),
        (masked(0x81, b"\xff"), 1007),
    ],
)
def test_a_connection_ends_with_the_code_that_says_why(port: int, frames: bytes, code: int):
    with upgrade(port, f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Version: 13") as sock:
        assert sock.recv(4096).startswith(b"HTTP/1.1 101")
        sock.sendall(frames)
        assert close_code(sock) == code
