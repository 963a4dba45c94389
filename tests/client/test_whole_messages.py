"""Messages are the same however their bytes are cut, whoever takes them apart."""

import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from openenv.client.blocking_websocket import BlockingWebSocket
from openenv.client.transport import Limits
from openenv.client.whole_messages import WholeMessages, bytes_of, whole_frame
from openenv.errors import SessionLost
from openenv.runtimes.endpoint import UrlEndpoint
from tests.behaviour.colours import BOUND_S, run_to_the_end

LIMIT = 200_000
SIZES = st.sampled_from([0, 1, 125, 126, 127, 4096, 65_535, 65_536, 70_000, LIMIT])
PAYLOADS = st.one_of(st.binary(max_size=40), st.builds(lambda size: b"x" * size, SIZES))


def frame(opcode: Opcode, data: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=False)


MESSAGES = st.one_of(
    st.builds(lambda data: ([data], frame(Opcode.BINARY, data)), PAYLOADS),
    st.builds(lambda text: ([text], frame(Opcode.TEXT, text.encode())), st.text(max_size=30)),
    st.builds(
        lambda one, two: ([one + two], frame(Opcode.BINARY, one, fin=False) + frame(Opcode.CONT, two)),
        st.binary(max_size=30),
        st.binary(max_size=30),
    ),
    st.builds(lambda data: ([], frame(Opcode.PING, data)), st.binary(max_size=20)),
)


@given(PAYLOADS, st.data())
def test_a_frame_is_a_message_also_in_pieces_and_nothing_longer_is(payload, data):
    whole = frame(Opcode.BINARY, payload)
    assert bytes_of(Frame(Opcode.BINARY, payload)) == len(whole)
    assert WholeMessages(LIMIT).take(whole) == (Opcode.BINARY, payload)
    assert WholeMessages(LIMIT).take(whole + b"\x82") == whole + b"\x82"
    first = data.draw(st.integers(10, max(10, len(whole) - 1)))
    if first < len(whole):
        taking = WholeMessages(LIMIT)
        assert taking.take(whole[:first]) is None
        assert taking.take(whole[first:]) == (Opcode.BINARY, payload)


@given(st.one_of(PAYLOADS, st.text(max_size=30)))
def test_a_message_is_a_frame_that_a_server_takes(message):
    server = ServerProtocol(state=State.OPEN, max_size=LIMIT)
    server.receive_data(whole_frame(message, []))
    (taken,) = server.events_received()
    wanted = Frame(*((Opcode.TEXT, message.encode()) if isinstance(message, str) else (Opcode.BINARY, message)))
    assert taken == wanted
    assert len(whole_frame(message, [])) == len(wanted.serialize(mask=True))


COMPRESSED = 0x40
"""In a frame's first byte (RFC 7692, 6)."""


def compressing() -> PerMessageDeflate:
    return PerMessageDeflate(False, False, 15, 15)


@given(st.lists(PAYLOADS, min_size=1, max_size=3))
def test_where_messages_are_compressed_a_server_takes_them_too(messages):
    server, extensions = ServerProtocol(state=State.OPEN, max_size=LIMIT), [compressing()]
    server.extensions = [compressing()]
    for message in messages:
        whole = whole_frame(message, extensions)
        assert whole[0] & COMPRESSED
        server.receive_data(whole)
    assert [event.data for event in server.events_received()] == messages


def test_no_two_frames_are_masked_alike():
    assert len({whole_frame(b"", []) for _ in range(20)}) == 20


def test_the_end_in_the_middle_of_a_message_is_the_librarys_to_tell():
    whole, taking = frame(Opcode.BINARY, b"x" * 100), WholeMessages(LIMIT)
    assert [taking.take(whole[:50]), taking.take(whole[50:60]), taking.take(b""), taking.take(b"")] == [
        None,
        None,
        whole[:60],
        b"",
    ]


@pytest.mark.parametrize(
    "other",
    [
        frame(Opcode.BINARY, b"half", fin=False),
        frame(Opcode.CONT, b"half"),
        frame(Opcode.PING, b"?"),
        frame(Opcode.CLOSE, b""),
        Frame(Opcode.BINARY, b"masked").serialize(mask=True),
        b"\xc2\x01x",  # with an extension
    ],
)
def test_any_other_frame_is_left_to_the_library(other):
    assert WholeMessages(LIMIT).take(other) == other


@pytest.fixture
def ends() -> Iterator[tuple[BlockingWebSocket, socket.socket]]:
    """A client's connection, and the server's end of it as bytes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepted: list[socket.socket] = []
        thread = threading.Thread(target=lambda: accepted.append(shaken(listener.accept()[0])))
        thread.start()
        endpoint = UrlEndpoint(f"http://127.0.0.1:{listener.getsockname()[1]}")
        connection = BlockingWebSocket.connect(endpoint, Limits(max_message_bytes=LIMIT), [])
        thread.join(BOUND_S)
    with accepted[0] as server:
        yield connection, server
        connection.let_go()


def shaken(server: socket.socket) -> socket.socket:
    """Answers the upgrade, with a first message behind it in the same bytes."""
    protocol = ServerProtocol()
    while not (events := protocol.events_received()):
        protocol.receive_data(server.recv(65_536))
    protocol.send_response(protocol.accept(events[0]))
    server.sendall(b"".join(protocol.data_to_send()) + frame(Opcode.TEXT, b"welcome"))
    return server


def received(connection: BlockingWebSocket) -> object:
    return run_to_the_end(connection.receive(BOUND_S))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages=st.lists(MESSAGES, min_size=1, max_size=5), cuts=st.lists(st.integers(0, 300), max_size=5))
def test_messages_arrive_as_they_were_sent_however_they_are_cut(ends, messages, cuts):
    connection, server = ends
    if not connection.torn:  # the first example
        assert received(connection) == "welcome"
    data = b"".join(data for _, data in messages)
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(data)], strict=True):
        server.sendall(data[start:end])
        connection.answer_pings()
    wanted = [text for texts, _ in messages for text in texts]
    assert [received(connection) for _ in wanted] == wanted


def test_a_whole_message_over_the_limit_ends_the_connection(ends):
    connection, server = ends
    assert received(connection) == "welcome"
    server.sendall(frame(Opcode.BINARY, b"x" * (LIMIT + 1)))
    server.shutdown(socket.SHUT_WR)
    with pytest.raises(SessionLost, match="raise max_message_size_mb"):
        received(connection)


def test_a_ping_is_answered_while_a_message_is_waited_for(ends):
    connection, server = ends
    assert received(connection) == "welcome"
    server.sendall(frame(Opcode.PING, b"there?") + frame(Opcode.BINARY, b"now"))
    assert received(connection) == b"now"
    peer = ServerProtocol(state=State.OPEN)
    server.settimeout(BOUND_S)
    peer.receive_data(server.recv(100))
    assert peer.events_received() == [Frame(Opcode.PONG, b"there?")]
