"""The end of a connection: what a peer was told arrives whatever it is still sending, and changes nothing any more."""

import asyncio
import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from openenv import GenericEnvClient
from openenv.errors import SessionLost
from openenv.wire import v2
from openenv.wire.frames import SUBPROTOCOL, GetState, Open, Opened, StateReply, Step
from tests.behaviour.remains import eventually

BOUND_S = 20.0
NEVER = "close_timeout_s=600"
TEXT, BINARY, CONTINUATION, CLOSE, PING = 0x81, 0x82, 0x80, 0x88, 0x89
NO_OPCODE, RESERVED_BIT = 0x83, 0xC1
MUCH = 4 * 2**20
"""Bytes; more than sockets take when nobody reads."""


def frame(first_byte: int, payload: bytes = b"") -> bytes:
    """A client's frame, whose mask is zero."""
    length = len(payload)
    size = bytes([0x80 | length]) if length < 126 else struct.pack(">BH", 0x80 | 126, length)
    return bytes([first_byte]) + size + bytes(4) + payload


def code(number: int) -> bytes:
    return struct.pack(">H", number)


class Peer:
    """A WebSocket by hand, which does nothing by itself."""

    def __init__(self, url: str, *, subprotocol: str = "", receive_buffer: int = 0) -> None:
        host, port = url.removeprefix("http://").split(":")
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(BOUND_S)
        self.socket.connect((host, int(port)))
        offered = f"Sec-WebSocket-Protocol: {subprotocol}\r\n" if subprotocol else ""
        self.send(
            b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + offered.encode() + b"\r\n"
        )
        self._stream = self.socket.makefile("rb")
        assert self._stream.readline().startswith(b"HTTP/1.1 101")
        while self._stream.readline() != b"\r\n":
            pass

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, *error: object) -> None:
        self._stream.close()
        self.socket.close()

    def send(self, *frames: bytes) -> None:
        self.socket.sendall(b"".join(frames))

    def send_for_ever(self, *frames: bytes) -> NoReturn:
        while True:
            self.send(*frames)

    def receive(self) -> tuple[int, bytes] | None:
        """The next frame's first byte and payload; None at the end."""
        if not (head := self._stream.read(2)):
            return None
        length = head[1]
        if length >= 126:
            length = int.from_bytes(self._stream.read(2 if length == 126 else 8))
        return head[0], self._stream.read(length)

    def receive_all(self) -> list[tuple[int, bytes]]:
        return list(iter(self.receive, None))


@contextlib.contextmanager
def ours(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "tests.server.served", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server, server.stdout.readline().strip()
        server.kill()


@contextlib.contextmanager
def plain_uvicorn(*options: str) -> Iterator[str]:
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "--factory",
        "tests.server.served:app",
        "--log-level",
        "error",
        *options,
    ]
    variables = os.environ | {"JOURNAL": os.devnull, "HOST": "thread"}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.fileno()
        with subprocess.Popen([*command, "--fd", str(number)], env=variables, pass_fds=[number]) as server:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            server.terminate()
            server.wait(BOUND_S)


@pytest.fixture(scope="module")
def our_url() -> Iterator[str]:
    with ours(os.devnull, "thread", NEVER) as (_, url):
        yield url


@pytest.fixture(scope="module")
def uvicorns_url() -> Iterator[str]:
    with plain_uvicorn() as url:
        yield url


@pytest.fixture(params=["our_url", "uvicorns_url"])
def url(request) -> str:
    return request.getfixturevalue(request.param)


STATE = frame(TEXT, b'{"type":"state"}')
CLOSING = frame(TEXT, b'{"type":"close"}')


def test_all_answers_and_the_close_frame_arrive_however_much_is_sent_behind_close(url: str):
    with Peer(url, receive_buffer=4096) as peer:
        peer.send(STATE * 200, CLOSING, STATE * (MUCH // len(STATE)))
        answers = [peer.receive() for _ in range(200)]
        assert all(answer is not None and b'"type":"state"' in answer[1] for answer in answers)
        assert peer.receive() == (CLOSE, code(1000))
        peer.send(frame(CLOSE, code(1000)))
        assert peer.receive() is None


@pytest.mark.parametrize(
    ("breach", "number"),
    [
        (frame(TEXT, b"\xff"), 1007),
        (frame(RESERVED_BIT, b"{}"), 1002),
        (frame(CONTINUATION, b"of nothing"), 1002),
        (frame(NO_OPCODE), 1002),
        (frame(CLOSE, code(1000)), 1000),
    ],
    ids=["no text", "a reserved bit", "a continuation of nothing", "no opcode", "close"],
)
def test_the_close_code_arrives_however_much_is_sent_behind_a_breach_of_the_protocol(
    our_url: str, breach: bytes, number: int
):
    with Peer(our_url, receive_buffer=4096) as peer:
        peer.send(STATE * 200, breach, STATE * (MUCH // len(STATE)))
        *answers, close = peer.receive_all()
        assert close[0] == CLOSE
        assert close[1][:2] == code(number)
        assert all(b'"type":"state"' in answer for _, answer in answers)
        peer.send(STATE * (MUCH // len(STATE)))


@pytest.mark.parametrize(
    "breach",
    [
        frame(TEXT, b"\xff"),
        frame(CONTINUATION, b"of nothing"),
        frame(NO_OPCODE),
        frame(CLOSE),
        frame(CLOSE, code(1004)),
    ],
    ids=["no text", "a continuation of nothing", "no opcode", "close", "close with a reserved code"],
)
def test_what_comes_behind_the_end_is_not_carried_out(url: str, breach: bytes):
    with Peer(url, subprotocol=SUBPROTOCOL) as peer, Peer(url, subprotocol=SUBPROTOCOL) as observer:

        def ask(peer: Peer, request):
            peer.send(frame(BINARY, v2.encode(request)))
            return answer(peer)

        def answer(peer: Peer):
            received = peer.receive()
            assert received is not None
            return v2.decode_reply(received[1])

        opened = ask(peer, Open(1, 1))
        assert isinstance(opened, Opened)
        ask(peer, Step(1, 2, {"amount": 1}))
        ask(observer, Open(1, 1, opened.session_id))
        peer.send(breach, *(frame(BINARY, v2.encode(Step(1, id, {"amount": 1}))) for id in range(3, 6)))
        peer.receive_all()
        seen = ask(observer, GetState(1, 2))
        assert isinstance(seen, StateReply)
        assert seen.state["total"] == 1


@pytest.fixture(scope="module")
def our_strict_url() -> Iterator[str]:
    with ours(os.devnull, "thread", f"max_message_bytes={MUCH}") as (_, url):
        yield url


@pytest.fixture(scope="module")
def uvicorns_strict_url() -> Iterator[str]:
    with plain_uvicorn("--ws-max-size", str(MUCH)) as url:
        yield url


@pytest.fixture(params=["our_strict_url", "uvicorns_strict_url"])
def strict_url(request) -> str:
    return request.getfixturevalue(request.param)


TOO_MUCH = {"amount": 1, "metadata": {"note": "x" * 5 * MUCH}}
each_wire = pytest.mark.parametrize("wire", ["v1", "auto"])


@each_wire
def test_a_client_is_told_that_its_message_is_too_big_while_it_sends_it(strict_url: str, wire: str):
    with GenericEnvClient(strict_url, wire=wire).sync() as env:
        env.reset()
        with pytest.raises(SessionLost, match="ended: received 1009"):
            env.step(TOO_MUCH)


@each_wire
def test_an_asynchronous_client_is_told_so_too(strict_url: str, wire: str):
    async def send() -> None:
        async with GenericEnvClient(strict_url, wire=wire) as env:
            await env.reset()
            with pytest.raises(SessionLost, match="ended: received 1009"):
                await env.step(TOO_MUCH)

    asyncio.run(send())


def test_a_peer_that_never_says_close_and_goes_on_sending_is_cut_off():
    with ours(os.devnull, "thread", "close_timeout_s=0.2") as (_, url), Peer(url) as peer:
        peer.send(CLOSING)
        assert peer.receive() == (CLOSE, code(1000))
        with pytest.raises(ConnectionError):
            peer.send_for_ever(STATE)


def test_a_peer_that_never_says_close_is_hung_up_on():
    with ours(os.devnull, "thread", "close_timeout_s=0.2") as (_, url), Peer(url) as peer:
        peer.send(CLOSING, STATE)
        assert peer.receive_all() == [(CLOSE, code(1000))]


@pytest.mark.parametrize(
    "breach",
    [frame(CONTINUATION, b"of nothing"), frame(NO_OPCODE), frame(CLOSE)],
    ids=["a continuation of nothing", "no opcode", "close"],
)
def test_a_session_does_not_wait_for_its_peer_to_hang_up(tmp_path: Path, breach: bytes):
    journal = tmp_path / "journal"
    with ours(str(journal), "thread", NEVER) as (_, url), Peer(url) as peer:
        peer.send(STATE)
        peer.receive()
        peer.send(breach)
        assert eventually(lambda: journal.read_text().splitlines() == ["made", "closed"])


@pytest.mark.parametrize("sent", [b"", STATE, CLOSING], ids=["silent", "served", "closing"])
def test_a_server_ends_in_time_where_peers_never_say_close(sent: bytes):
    with ours(os.devnull, "thread", NEVER) as (server, url), Peer(url) as peer:
        peer.send(sent)
        before = [peer.receive()] if sent else []
        server.send_signal(signal.SIGTERM)
        assert server.wait(BOUND_S) == 0
        received = before + peer.receive_all()
        assert received[-1] == (CLOSE, code(1000 if sent == CLOSING else 1012))


def test_a_server_ends_in_time_where_a_peer_does_not_read():
    with ours(os.devnull, "thread", NEVER) as (server, url), Peer(url, receive_buffer=4096) as peer:
        peer.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):  # the server reads no more
            peer.send_for_ever(frame(TEXT, b'{"type":"step","data":{"what":"say much"}}') * 100)
        server.send_signal(signal.SIGTERM)
        assert server.wait(BOUND_S) == 0
