"""WebSocket routes that an application has beside ``/ws``, on the server that `openenv serve` runs."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    command = [sys.executable, "-m", "openenv.cli", "serve", "tests.server.routes:app", "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    with server, server.stdout:
        yield server.stdout.readline().split()[4].replace("http", "ws")
        server.terminate()


def test_code_and_reason_of_a_close_arrive(url: str):
    with connect(f"{url}/goodbye") as peer, pytest.raises(ConnectionClosed) as ended:
        peer.recv()
    assert ended.value.rcvd is not None
    assert (ended.value.rcvd.code, ended.value.rcvd.reason) == (4001, "that is all")


@pytest.mark.parametrize(("route", "status"), [("refuse", 403), ("raise", 500)])
def test_an_application_that_does_not_accept_answers_over_http(url: str, route: str, status: int):
    with pytest.raises(InvalidStatus) as refused, connect(f"{url}/{route}"):
        pass
    assert refused.value.response.status_code == status


@pytest.mark.parametrize("code", [1000, 4002, 1006])
def test_an_application_is_told_how_the_peer_left(url: str, code: int):
    with connect(f"{url}/listen") as peer:
        if code == 1006:
            peer.socket.shutdown(socket.SHUT_RDWR)
        else:
            peer.close(code)
    seen = None
    while seen != code:
        with connect(f"{url}/last") as asking:
            seen = json.loads(asking.recv())


def test_another_version_of_the_protocol_is_told_ours(url: str):
    host, port = url.removeprefix("ws://").split(":")
    with socket.create_connection((host, int(port)), 10) as sock:
        lines = ("GET /ws HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade")
        key = ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 12", "", "")
        sock.sendall("\r\n".join(lines + key).encode())
        answer = b""
        while part := sock.recv(4096):
            answer += part
    assert answer.startswith(b"HTTP/1.1 426 ")
    assert b"Sec-WebSocket-Version: 13\r\n" in answer
