"""Messages over a socket pair."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openenv.errors import MessageTooLarge, ProtocolError
from openenv.processes.framing import LENGTH, MAX_MESSAGE, MessageSocket, framed

Pair = tuple[MessageSocket, socket.socket]
BOUND_S = 10.0
SHORT_S = 0.02


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    theirs.settimeout(BOUND_S)
    with ours, theirs:
        yield MessageSocket(ours), theirs


def write_in_pieces(sock: socket.socket, pieces: list[bytes]) -> threading.Thread:
    """Write from a thread of its own, since the pair does not hold everything."""

    def write() -> None:
        for piece in pieces:
            sock.sendall(piece)

    thread = threading.Thread(target=write)
    thread.start()
    return thread


def read_all(sock: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        data += sock.recv(1 << 20)
    return bytes(data)


def test_a_message_is_its_length_in_four_bytes_and_itself():
    assert framed(b"abc") == b"\x00\x00\x00\x03abc"


def test_an_empty_message_is_one(pair: Pair):
    pair[1].sendall(framed(b"") + framed(b"next"))
    assert [pair[0].receive(BOUND_S), pair[0].receive(BOUND_S)] == [b"", b"next"]


def test_what_is_sent_is_framed(pair: Pair):
    pair[0].send(b"abc")
    assert read_all(pair[1], 7) == framed(b"abc")


@settings(deadline=None, max_examples=50)
@given(st.lists(st.binary(max_size=200_000), max_size=5), st.lists(st.integers(1, 300_000), max_size=8))
def test_messages_arrive_whole_however_the_stream_is_cut(messages: list[bytes], cuts: list[int]):
    stream = b"".join(map(framed, messages))
    pieces, start = [], 0
    for cut in cuts:
        pieces.append(stream[start : start + cut])
        start += cut
    pieces.append(stream[start:])
    ours, theirs = socket.socketpair()
    with ours, theirs:
        thread = write_in_pieces(theirs, pieces)
        reader = MessageSocket(ours)
        assert [reader.receive(BOUND_S) for _ in messages] == messages
        thread.join(BOUND_S)


def test_a_message_byte_by_byte_arrives_whole(pair: Pair):
    thread = write_in_pieces(pair[1], [bytes([byte]) for byte in framed(b"slowly")])
    assert pair[0].receive(BOUND_S) == b"slowly"
    thread.join(BOUND_S)


def test_a_message_larger_than_the_pair_holds_arrives_whole(pair: Pair):
    message = bytes(range(256)) * 40_000
    thread = write_in_pieces(pair[1], [framed(message)])
    assert pair[0].receive(BOUND_S) == message
    thread.join(BOUND_S)


def test_many_messages_at_once_are_read_one_by_one(pair: Pair):
    messages = [b"%d" % n for n in range(5000)]
    thread = write_in_pieces(pair[1], [b"".join(map(framed, messages))])
    assert [pair[0].receive(BOUND_S) for _ in messages] == messages
    thread.join(BOUND_S)


def test_the_end_of_the_stream_is_none(pair: Pair):
    pair[1].close()
    assert pair[0].receive(BOUND_S) is None


@pytest.mark.parametrize("part", [b"\x00\x00", framed(b"cut off")[:-1]], ids=["in the length", "in the message"])
def test_a_message_that_the_end_cuts_is_none(pair: Pair, part: bytes):
    pair[1].sendall(part)
    pair[1].close()
    assert pair[0].receive(BOUND_S) is None


def test_whole_messages_before_the_end_are_read_first(pair: Pair):
    pair[1].sendall(framed(b"last words"))
    pair[1].close()
    assert [pair[0].receive(BOUND_S), pair[0].receive(BOUND_S)] == [b"last words", None]


def test_nothing_in_time_is_a_timeout(pair: Pair):
    with pytest.raises(TimeoutError):
        pair[0].receive(SHORT_S)


@pytest.mark.parametrize("size", [10, 300_000], ids=["small", "large"])
@pytest.mark.parametrize("at", [2, 5, -1], ids=["in the length", "at the start", "at the end"])
def test_a_message_that_a_timeout_cuts_is_read_on_by_the_next_call(pair: Pair, size: int, at: int):
    stream = framed(b"x" * size)
    first = write_in_pieces(pair[1], [stream[:at]])
    with pytest.raises(TimeoutError):
        pair[0].receive(SHORT_S)
    first.join(BOUND_S)
    thread = write_in_pieces(pair[1], [stream[at:] + framed(b"next")])
    assert [pair[0].receive(BOUND_S), pair[0].receive(BOUND_S)] == [b"x" * size, b"next"]
    thread.join(BOUND_S)


def test_a_huge_announced_length_is_refused_before_it_is_waited_for(pair: Pair):
    pair[1].sendall(LENGTH.pack(MAX_MESSAGE + 1) + b"x")
    with pytest.raises(ProtocolError, match="1,073,741,825 bytes is announced"):
        pair[0].receive(BOUND_S)


class Huge(bytes):
    """Says that it is larger than it is."""

    def __len__(self) -> int:
        return MAX_MESSAGE + 1


def test_a_message_that_no_peer_would_take_is_not_sent(pair: Pair):
    with pytest.raises(MessageTooLarge, match="1,073,741,825 bytes is over the limit"):
        pair[0].send(Huge())
    pair[0].send(b"next")
    assert read_all(pair[1], 8) == framed(b"next")


def test_sending_to_a_peer_that_is_gone_is_an_os_error(pair: Pair):
    pair[1].close()
    with pytest.raises(OSError, match="Broken pipe"):
        pair[0].send(b"abc")


def test_a_peer_that_does_not_read_is_a_timeout_and_the_rest_comes_before_the_next_message(pair: Pair):
    message = b"x" * 5_000_000
    with pytest.raises(TimeoutError):
        pair[0].send(message, SHORT_S)
    stream = framed(message) + framed(b"next")
    read: list[bytes] = []
    thread = threading.Thread(target=lambda: read.append(read_all(pair[1], len(stream))))
    thread.start()
    pair[0].send(b"next", BOUND_S)
    thread.join(BOUND_S)
    assert read == [stream]


@pytest.mark.parametrize("frame", [36_544, 73_088, 109_632])  # what the kernel makes room for at a time
@pytest.mark.parametrize("left", [230_000, 260_000, 290_000])
@pytest.mark.parametrize("taken", range(1, 7))
def test_of_a_message_behind_one_that_was_left_nothing_is_lost(pair: Pair, frame: int, left: int, taken: int):
    ours, theirs = pair
    with pytest.raises(TimeoutError):
        ours.send(b"a" * left, 0.0)
    arrived = sum(len(theirs.recv(36_544)) for _ in range(taken))
    reader = threading.Thread(target=read_all, args=(theirs, framed_size(left) + framed_size(frame - 4) + 4 - arrived))
    with suppress(TimeoutError):
        ours.send(b"b" * (frame - 4), 0.0)
    reader.start()
    ours.send(b"", BOUND_S)
    reader.join(BOUND_S)
    assert not reader.is_alive()


def framed_size(size: int) -> int:
    return LENGTH.size + size


def test_closing_is_the_end_of_the_peer_s_stream(pair: Pair):
    pair[0].close()
    assert pair[1].recv(1) == b""


def test_closing_again_does_nothing(pair: Pair):
    pair[0].close()
    pair[0].close()
