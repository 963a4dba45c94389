"""Connecting: what is not there, what is something else, and what the handshake says."""

import contextlib
import http.server
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from openenv.errors import ConnectionFailed, EnvironmentFactoryError, ServerUnreachable
from tests.behaviour.environments import Move, WalkEnv
from tests.behaviour.places import Way, over
from tests.behaviour.servers import websocket_server

both_colours = over([Way("thread", "sync"), Way("thread", "async")])


def client(place, url, **arguments):
    return place.colour.face(WalkEnv(url, **arguments))


async def seconds_until_unreachable(place, url, **arguments) -> float:
    began = time.monotonic()
    with pytest.raises(ServerUnreachable):
        await client(place, url, **arguments).connect()
    return time.monotonic() - began


@contextlib.contextmanager
def listening(answer: bytes | None) -> Iterator[str]:
    """A TCP server that answers everything with ``answer`` and hangs up; with None it never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepted: list[socket.socket] = []

        def serve_one() -> None:
            with contextlib.suppress(OSError):
                accepted.append(listener.accept()[0])
                if answer is not None:
                    accepted[0].recv(65536)
                    accepted[0].sendall(answer)
                    accepted[0].close()

        thread = threading.Thread(target=serve_one)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in accepted:
            connection.close()


@both_colours
async def test_a_server_that_is_not_there_is_unreachable_at_once(place):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert await seconds_until_unreachable(place, f"http://127.0.0.1:{port}") < 5


@both_colours
async def test_a_web_server_is_no_environment_server(place):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as server:
        server.RequestHandlerClass.log_message = lambda *_: None
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            assert await seconds_until_unreachable(place, f"http://127.0.0.1:{server.server_port}") < 5
        finally:
            server.shutdown()
            thread.join()


@both_colours
@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\r\n\r\nhello", bytes(1000)])
async def test_whatever_else_listens_there_is_no_environment_server(place, answer):
    with listening(answer) as url:
        assert await seconds_until_unreachable(place, url) < 5


@both_colours
async def test_a_server_that_accepts_and_says_nothing_is_unreachable_after_the_connect_timeout(place):
    with listening(None) as url:
        assert 0.2 <= await seconds_until_unreachable(place, url, connect_timeout_s=0.2) < 5


@both_colours
async def test_an_unknown_path_of_an_environment_server_is_unreachable(place, served):
    assert await seconds_until_unreachable(place, f"{served.url}/nowhere") < 5


@both_colours
async def test_an_address_that_is_none_is_a_value_error(place):
    with pytest.raises(ValueError, match="write http://host:port"):
        await client(place, "localhost:8000").connect()


@both_colours
async def test_what_the_connection_did_is_also_a_connection_error(place):
    with listening(b"") as url, pytest.raises(ConnectionError) as raised:
        await client(place, url).connect()
    assert isinstance(raised.value, ConnectionFailed)


@both_colours
async def test_headers_reach_the_server_and_nothing_is_compressed_on_loopback(place):
    seen = {}

    def handler(connection):
        seen.update(connection.request.headers.raw_items())
        for message in connection:
            if json.loads(message)["type"] == "close":
                return
            connection.send('{"type":"observation","data":{"observation":{"position":3},"reward":null,"done":false}}')

    with websocket_server(handler) as url:
        async with client(place, url, headers={"Authorization": "Bearer secret", "X-Trainer": "7"}) as env:
            assert (await env.reset()).observation.position == 3
    assert (seen["Authorization"], seen["X-Trainer"]) == ("Bearer secret", "7")
    assert "Sec-WebSocket-Extensions" not in seen


@both_colours
async def test_the_server_compresses_nothing_on_loopback(place, served):
    with socket.create_connection(("127.0.0.1", int(served.url.rpartition(":")[2]))) as peer:
        peer.sendall(
            b"GET /thread/Walk/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
        )
        answer = peer.recv(65536)
    assert answer.startswith(b"HTTP/1.1 101")
    assert b"permessage-deflate" not in answer


@both_colours
async def test_the_reason_that_a_server_gave_before_it_hung_up_is_what_the_next_call_raises(place):
    hung_up = threading.Event()

    def handler(connection):
        data = {"message": "no level", "code": "FACTORY_ERROR", "factory_name": "Walk"}
        connection.send(json.dumps({"type": "error", "data": data}))
        connection.close()
        hung_up.set()

    with websocket_server(handler) as url:
        env = client(place, url, wire="v1")
        await env.connect()
        assert await place.blocking(hung_up.wait, 30)
        with pytest.raises(EnvironmentFactoryError, match="no level"):
            await env.reset()
        await env.close()


@both_colours
@pytest.mark.parametrize(
    "answer",
    ["{", "[]", '{"type":"observation"}', '{"type":"dance","data":{}}', b"\x00", '{"type":"state","data":{}}'],
    ids=["no JSON", "no object", "no data", "unknown", "binary", "another answer"],
)
async def test_a_server_that_breaks_the_protocol_is_a_connection_failure(place, answer):
    def handler(connection):
        for message in connection:
            if json.loads(message)["type"] == "close":
                return
            connection.send(answer)

    with websocket_server(handler) as url:
        env = client(place, url, wire="v1")
        with pytest.raises(ConnectionFailed):
            await env.reset()
        with pytest.raises(ConnectionFailed):
            await env.step(Move(by=1))
        await env.close()


@both_colours
async def test_a_proxy_of_the_shells_is_not_asked_for_loopback(place, served, monkeypatch):
    for name in ("http_proxy", "https_proxy", "ws_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with client(place, f"{served.url}/thread/Walk") as env:
        assert (await env.reset()).observation.position == 0
