"""Whatever peers send, a server answers each message, goes on for everybody else, and does not grow."""

import contextlib
import json
import re
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.msgpack import encode
from websockets.exceptions import ConnectionClosedOK
from websockets.sync.client import ClientConnection, connect

from openenv.wire import v1, v2
from openenv.wire.frames import SUBPROTOCOL, Cancel, Close, FrameError, GetState, Open, Opened, Reply
from tests.behaviour.colours import BOUND_S
from tests.behaviour.remains import eventually
from tests.fuzz.conftest import HOSTS, Fuzzed
from tests.fuzz.messages import (
    DEPTHS,
    FORKS,
    IDS,
    IN_TURN,
    STREAMS,
    V1_MESSAGES,
    V2_MESSAGES,
    deep_step,
    deep_text,
)

FEW = 20
MANY = pytest.param(500, marks=[pytest.mark.soak, pytest.mark.timeout(900)])
each_host = pytest.mark.parametrize("host", HOSTS)
each_effort = pytest.mark.parametrize("examples", [FEW, MANY])

Message = bytes | str
GROWTH_KIB = 32 * 1024
WENT_WRONG = re.compile(
    "the application raised|Exception in|Fatal error|never retrieved|never awaited|Exception ignored"
)
"""What a server logs of its own mistakes; what environments raise is logged in other words."""
PROBE, PROBE_ID = 1_000_000, 77


def tried(examples: int, **strategies: st.SearchStrategy) -> Callable[[Callable[..., None]], None]:
    """Run the function with so many examples."""

    def run(function: Callable[..., None]) -> None:
        chosen = settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
        chosen(given(**strategies)(function))()

    return run


@pytest.fixture(autouse=True)
def as_it_was(server) -> Iterator[None]:
    """Nothing grows beyond a bound, no session is left but the healthy ones, and the server regrets nothing."""
    before = server.memory_kib()
    yield
    assert eventually(lambda: server.sessions() == dict.fromkeys(HOSTS, 1)), server.sessions()
    assert server.memory_kib() - before < GROWTH_KIB
    assert not WENT_WRONG.search(server.log.read_text()), server.log.read_text()[-5000:]


class Peer:
    """A connection that speaks v2 by hand."""

    def __init__(self, address: str) -> None:
        self._ending = contextlib.ExitStack()
        connecting = connect(address, subprotocols=[SUBPROTOCOL], compression=None)  # type: ignore[list-item]
        self.connection: ClientConnection = self._ending.enter_context(connecting)

    def receive(self) -> Reply:
        return v2.decode_reply(self.connection.recv(BOUND_S))

    def replies(self) -> list[Reply]:
        """All that come before the answer to a question that is put now."""
        self.connection.send(v2.encode(GetState(PROBE, PROBE_ID)))
        found: list[Reply] = []
        while (found and found[-1].channel) != PROBE:
            found.append(self.receive())
        return found[:-1]

    def close(self) -> None:
        """End the sessions, and the connection."""
        for channel in (0, 1, 2, 3, 2**32 - 1):
            self.connection.send(v2.encode(Close(channel, 2**64 - 1)))
        self.replies()
        self._ending.close()


def address_of(message: Message) -> tuple[int, int] | None:
    """Channel and id of what answers a message; None when nothing does."""
    try:
        request = v2.decode_request(message)
    except FrameError as error:
        return error.reply.channel, error.reply.id
    return None if isinstance(request, Cancel) else (request.channel, request.id)


@each_effort
@each_host
def test_each_message_on_v2_has_one_answer(server: Fuzzed, host: str, examples: int):
    @tried(examples, messages=V2_MESSAGES)
    def _(messages: list[Message]) -> None:
        peer = Peer(server.address(host))
        sent: list[Message] = [v2.encode(Open(1, 1)), v2.encode(Open(2, 1, seats=2)), *messages]
        for message in sent:
            peer.connection.send(message)
        expected = Counter(address for message in sent if (address := address_of(message)) is not None)
        found = Counter((reply.channel, reply.id) for reply in (peer.receive() for _ in range(expected.total())))
        assert found == expected
        assert peer.replies() == []
        peer.close()
        assert server.is_well(host)


@each_host
def test_however_deep_a_message_on_v2_is_it_has_one_answer(server: Fuzzed, host: str):
    """Where one step of its way can still go down into it, the next may not."""
    peer = Peer(server.address(host))
    peer.connection.send(v2.encode(Open(1, 1)))
    assert isinstance(peer.receive(), Opened)
    for id, depth in enumerate(DEPTHS, start=2):
        peer.connection.send(deep_step(id, depth))
        reply = peer.connection.recv(BOUND_S)
        assert reply[2:].startswith((encode(1) + encode(id), encode(0) + encode(0)))  # the channel and the id
    assert peer.replies() == []
    peer.close()


@each_host
def test_however_deep_a_message_on_v1_is_it_has_one_answer(server: Fuzzed, host: str):
    with connect(server.address(host), compression=None) as connection:
        for depth in DEPTHS:
            connection.send(deep_text(depth))
            assert '"type":"error"' in connection.recv(BOUND_S)
        connection.send('{"type":"state"}')
        assert json.loads(connection.recv(BOUND_S))["type"] == "state"


@each_effort
@each_host
def test_each_message_on_v1_has_one_answer_until_one_is_close(server: Fuzzed, host: str, examples: int):
    @tried(examples, messages=V1_MESSAGES)
    def _(messages: list[Message]) -> None:
        with connect(server.address(host), compression=None) as connection:
            with contextlib.suppress(ConnectionClosedOK):  # already, by one of them
                for message in [*messages, '{"type":"close"}']:
                    connection.send(message)
            answers = list(answers_until_the_end(connection))
        assert len(answers) == next((place for place, sent in enumerate(messages) if is_close(sent)), len(messages))
        assert {answer["type"] for answer in answers} <= {"observation", "state", "mcp", "error"}
        assert server.is_well(host)


def answers_until_the_end(connection: ClientConnection) -> Iterator[dict[str, Any]]:
    """All that comes until the server says that the connection is over."""
    with contextlib.suppress(ConnectionClosedOK):
        while True:
            yield json.loads(connection.recv(BOUND_S))


def is_close(message: Message) -> bool:
    try:
        return isinstance(v1.decode_request(message, id=1), Close)
    except FrameError:
        return False


@each_effort
@each_host
def test_peers_that_take_sessions_from_each_other_harm_nobody_else(server: Fuzzed, host: str, examples: int):
    turns = st.lists(
        st.tuples(st.booleans(), IN_TURN | FORKS | st.tuples(st.integers(1, 3), IDS, st.integers(0, 1), st.booleans())),
        max_size=20,
    )

    @tried(examples, turns=turns)
    def _(turns: list) -> None:
        peers = [Peer(server.address(host)) for _ in range(2)]
        known = [opened_by(peer) for peer in peers]
        for turn, asked in turns:
            if isinstance(asked, tuple):
                channel, id, whose, with_secret = asked
                opened = known[whose]
                asked = Open(channel, id, opened.session_id, opened.secret if with_secret else None)
            peers[turn].connection.send(v2.encode(asked))
        for peer in peers:
            peer.replies()
            peer.close()
        assert server.is_well(host)


def opened_by(peer: Peer) -> Opened:
    peer.connection.send(v2.encode(Open(1, 1)))
    opened = peer.receive()
    assert isinstance(opened, Opened)
    return opened


@each_effort
@pytest.mark.parametrize("host", ["inline"])
def test_whatever_comes_in_place_of_websocket_frames_the_connection_ends(server: Fuzzed, host: str, examples: int):
    @tried(examples, stream=STREAMS)
    def _(stream: bytes) -> None:
        address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        with socket.create_connection(address, BOUND_S) as peer, contextlib.suppress(ConnectionError):
            peer.sendall(stream)
            peer.shutdown(socket.SHUT_WR)
            while peer.recv(2**16):
                pass
        assert server.is_well(host)
