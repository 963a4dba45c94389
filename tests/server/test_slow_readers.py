"""A peer that asks and does not read costs the server no memory."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from websockets.sync.client import ClientConnection, connect

from openenv.wire import v2
from openenv.wire.frames import SUBPROTOCOL, GetState, Open, Opened, Reply, Request, Result, StateReply, Step

ASKED = 1_000
CALM = 30
"""Questions that are answered while nothing else happens, after which nothing else will happen."""

SERVERS = {
    "ours": ["-m", "tests.server.served", os.devnull, "thread"],
    "plain uvicorn": ["-m", "uvicorn", "--factory", "tests.server.served:app", "--log-level", "warning", "--fd"],
}


@pytest.fixture(params=SERVERS)
def url(request) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        plain = request.param == "plain uvicorn"
        command = [sys.executable, *SERVERS[request.param], *([str(listener.fileno())] if plain else [])]
        variables = os.environ | {"JOURNAL": os.devnull, "HOST": "thread"}
        with subprocess.Popen(
            command, env=variables, pass_fds=[listener.fileno()], stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout is not None
            port = listener.getsockname()[1]
            yield (
                f"ws://127.0.0.1:{port}/ws" if plain else server.stdout.readline().strip().replace("http", "ws") + "/ws"
            )
            server.terminate()


def ask(connection: ClientConnection, request: Request) -> Reply:
    connection.send(v2.encode(request))
    return v2.decode_reply(connection.recv())


def total_when_calm(observer: ClientConnection) -> int:
    seen, same, id = -1, 0, 2
    while same < CALM:
        reply = ask(observer, GetState(1, id))
        assert isinstance(reply, StateReply)
        seen, same, id = reply.state["total"], same + 1 if reply.state["total"] == seen else 0, id + 1
    return seen


def test_steps_wait_until_their_replies_are_read(url: str):
    peer = connect(url, subprotocols=[SUBPROTOCOL], max_size=None, max_queue=1, compression=None)  # type: ignore[list-item]
    observer = connect(url, subprotocols=[SUBPROTOCOL], compression=None)  # type: ignore[list-item]
    with peer, observer:
        opened = ask(peer, Open(1, 1))
        assert isinstance(opened, Opened)
        ask(observer, Open(1, 1, opened.session_id))
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        for id in range(2, 2 + ASKED):
            peer.send(v2.encode(Step(1, id, {"amount": 1, "what": "say much"})))
        assert total_when_calm(observer) < ASKED / 5
        replies = [v2.decode_reply(peer.recv()) for _ in range(ASKED)]
        assert [reply.id for reply in replies] == list(range(2, 2 + ASKED))
        assert all(isinstance(reply, Result) for reply in replies)
        assert total_when_calm(observer) == ASKED


def test_frames_on_channels_without_a_session_are_refused_in_order(url: str):
    with connect(url, subprotocols=[SUBPROTOCOL], compression=None) as peer:  # type: ignore[list-item]
        for id in range(1, ASKED):
            peer.send(v2.encode(GetState(id, id)))
        assert [v2.decode_reply(peer.recv()).id for _ in range(1, ASKED)] == list(range(1, ASKED))
