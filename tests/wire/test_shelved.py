"""Shelved arrays arrive as from a wire, by whichever of the ways."""

import os
import struct
import sys
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openenv.errors import InvalidMessage, ProtocolError
from openenv.processes.shelf import CAPACITY, OthersShelf, Shelf
from openenv.wire import shelved, v2
from openenv.wire.exchange import ClientShelved, ServerShelved
from openenv.wire.frames import Failure, Frame, FrameError, GetState, Reply, Result, Step
from openenv.wire.values import to_msgpack
from tests.wire.strategies import ARRAYS, REPLIES
from tests.wire.test_parcels import like, through_v2

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there are no shelves")

LARGE = np.arange(shelved.LARGE, dtype=np.uint8)


def here(*, passes_on: bool = False) -> ClientShelved:
    """What takes from a shelf of this process."""
    return ClientShelved(OthersShelf(SimpleNamespace(pid=os.getpid())), passes_on=passes_on)


def elsewhere() -> ClientShelved:
    """What never finds one."""
    return ClientShelved(OthersShelf(SimpleNamespace(pid=None)))


REQUEST = GetState(1, 1)


def asked(server: ServerShelved, client: ClientShelved) -> None:
    """A request, which every reply answers, and which says what was taken."""
    assert server.receive(client.encode(REQUEST)) == REQUEST


class Ends:
    """A worker's end and its owner's, which have met. No array is too small for them."""

    def __init__(self, *, passes_on: bool = False) -> None:
        self.server, self.client = ServerShelved(Shelf, large=1), here(passes_on=passes_on)
        self.passes_on = passes_on
        self.pass_on(LARGE)

    def send(self, *values: Any) -> bytes:
        asked(self.server, self.client)
        return self.server.send(Result(1, 1, {"values": list(values)}))

    def receive(self, message: bytes) -> list[Any]:
        """What arrives, where it is passed on, at who gets it then."""
        reply = self.client.receive(message)
        if self.passes_on:
            reply = v2.decode_reply(v2.encode(reply))
        assert isinstance(reply, Result)
        values: list[Any] = reply.observation["values"]
        return values

    def pass_on(self, *values: Any) -> list[Any]:
        return self.receive(self.send(*values))


@pytest.fixture(params=[False, True], ids=["kept", "passed on"])
def ends(request: pytest.FixtureRequest) -> Ends:
    return Ends(passes_on=request.param)


@given(REPLIES)
def test_every_reply_arrives_as_it_was(reply: Frame):
    ends = Ends()
    for _ in range(2):
        assert ends.client.receive(ends.server.send(reply)) == reply


@given(st.lists(ARRAYS, max_size=4), st.booleans())
def test_arrays_arrive_as_from_a_wire(arrays: list[np.ndarray], passes_on: bool):
    ends = Ends(passes_on=passes_on)
    values = [form for array in arrays for form in (array, array.T, array[..., None][..., ::-1], {"deep": array})]
    assert like(ends.pass_on(*values)) == like([through_v2(value) for value in values])


@pytest.mark.parametrize(
    "value",
    [
        np.float32(0.5),
        np.arange(12).reshape(3, 4).view(np.matrix),
        np.arange(3, dtype=">i4"),
        np.array(["abc", "d"]),
        np.array(["2020-01-01", "NaT"], "M8[D]"),
        np.array(True),
        np.zeros((0, 3)),
        b"bytes",
    ],
    ids=repr,
)
def test_other_values_arrive_as_from_a_wire(ends: Ends, value: Any):
    assert like(ends.pass_on(value)[0]) == like(through_v2(value))


def test_what_is_passed_on_is_the_messages_own_bytes():
    ends = Ends(passes_on=True)
    reply = ends.client.receive(ends.send(LARGE))
    assert isinstance(reply, Result)
    assert reply.observation["values"] == [to_msgpack(LARGE)]


def test_a_header_that_says_a_wrong_length_is_not_passed_on():
    ends = Ends(passes_on=True)
    ends.pass_on(LARGE)
    reply = v2.decode_reply(v2.encode(decoded(ends.client, shelved.LAID, place(0) + b"\xff\xff" + HEADER)))
    assert isinstance(reply, Result)
    assert like(reply.observation["values"]) == like(through_v2(LARGE[:8]))


def test_who_keeps_arrays_has_them_aligned():
    values = Ends().pass_on(np.zeros(100), np.zeros(3, np.uint8), np.zeros(100))
    assert all(array.flags.aligned for array in values)


def test_large_arrays_are_not_in_the_message(ends: Ends):
    assert len(ends.send(LARGE, LARGE)) < 200


def test_the_first_is_in_the_message_with_the_address():
    server = ServerShelved(Shelf)
    assert len(server.send(Result(1, 1, {"values": LARGE}))) > LARGE.nbytes


def test_what_has_arrived_stays_as_it_was(ends: Ends):
    sent = np.zeros(1000)
    arrived = []
    for _ in range(50):
        arrived.append(ends.pass_on(sent)[0])
        sent += 1
    assert [(array == number).all() for number, array in enumerate(arrived)] == [True] * 50
    assert not arrived[0].flags.writeable


def test_messages_may_wait(ends: Ends):
    messages = [ends.send(np.full(1000, number), np.full(10, -number)) for number in range(20)]
    for number, message in enumerate(messages):
        first, second = ends.receive(message)
        assert (first == number).all()
        assert (second == -number).all()


def test_what_finds_no_room_is_in_the_message(ends: Ends):
    half = np.ones(CAPACITY // 2 + 1, np.uint8)
    first, second = ends.send(half), ends.send(half)
    assert len(first) < 200 < half.nbytes < len(second)
    assert like(ends.receive(first)) == like(ends.receive(second)) == like([through_v2(half)])
    assert len(ends.send(half)) < 200


def test_an_answer_that_cannot_be_sent_is_told_and_others_follow(ends: Ends):
    told = ends.client.receive(ends.send(LARGE, object()))
    assert isinstance(told, Failure)
    assert "the environment's answer cannot be sent" in told.message
    assert isinstance(ends.client.receive(ends.send(np.array([object()]))), Failure)


def test_room_that_a_failed_answer_has_taken_is_free_behind_the_next_one(ends: Ends):
    whole = np.ones(CAPACITY, np.uint8)
    ends.send(whole, object())
    sizes = []
    for _ in range(3):
        message = ends.send(whole)
        sizes.append(len(message))
        assert like(ends.receive(message)) == like([through_v2(whole)])
    assert [size > CAPACITY for size in sizes] == [True, False, False]


def test_room_that_a_lost_message_has_taken_is_free_behind_the_next_one(ends: Ends):
    whole = np.ones(CAPACITY, np.uint8)
    ends.send(whole)
    ends.pass_on(whole)
    assert len(ends.send(whole)) < 200


def test_a_message_cannot_name_the_same_place_for_ever(ends: Ends):
    message = ends.send(np.ones(CAPACITY, np.uint8))
    laid = msgspec.msgpack.decode(message)[3]["values"][0]
    many = [laid] * 100
    with pytest.raises(ProtocolError, match="there is no place"):
        ends.client.receive(msgspec.msgpack.encode([66, 1, 1, {"values": many}]))


@pytest.mark.parametrize("function", ["close", "lseek"])
def test_an_interrupt_while_it_is_found_or_taken_does_no_harm(function: str, monkeypatch: pytest.MonkeyPatch):
    server, client = ServerShelved(Shelf), here()
    server.send(Result(1, 1, {"values": LARGE}))  # the shelf is made before anything is patched
    with monkeypatch.context() as patch:
        patch.setattr(os, function, interrupted)
        with pytest.raises(KeyboardInterrupt):
            [pass_on(server, client) for _ in range(3)]
    for _ in range(3):
        assert like(pass_on(server, client)[1]) == like(through_v2(LARGE))
    assert pass_on(server, client)[0] < 200


def pass_on(server: ServerShelved, client: ClientShelved) -> tuple[int, np.ndarray]:
    """How long the message of a large array is, and the array."""
    asked(server, client)
    message = server.send(Result(1, 1, {"values": LARGE}))
    reply = client.receive(message)
    assert isinstance(reply, Result)
    return len(message), reply.observation["values"]


def interrupted(*arguments: Any) -> int:
    raise KeyboardInterrupt


def test_what_was_sent_before_one_that_cannot_be_stays(ends: Ends):
    first = ends.send(np.full(1000, 1))
    ends.send(np.full(1000, 2), object())
    second = ends.send(np.full(1000, 3))
    assert [like(ends.receive(message)) for message in (first, second)] == [
        like([through_v2(np.full(1000, number))]) for number in (1, 3)
    ]


def test_one_that_is_not_found_is_not_offered_for_ever():
    server, client = ServerShelved(Shelf), elsewhere()
    messages = []
    for _ in range(11):
        asked(server, client)
        messages.append(server.send(Result(1, 1, {"values": [LARGE] * 100})))
    for message in messages:
        reply = client.receive(message)
        assert isinstance(reply, Result)
        assert [value.tobytes() for value in reply.observation["values"]] == [LARGE.tobytes()] * 100
    with pytest.raises(ProtocolError):
        v2.decode_reply(messages[0])
    assert isinstance(v2.decode_reply(messages[-1]), Result)


def test_one_that_is_found_late_is_used():
    process = SimpleNamespace(pid=None)
    server, client = ServerShelved(Shelf), ClientShelved(OthersShelf(process))
    sizes = []
    for _ in range(6):
        sizes.append(pass_on(server, client)[0])
        process.pid = os.getpid() if len(sizes) == 3 else process.pid
    assert [size > LARGE.nbytes for size in sizes] == [True] * 4 + [False] * 2


def test_where_python_has_no_such_memory_messages_are_plain(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(os, "memfd_create")
    server = ServerShelved(Shelf)
    for _ in range(2):
        assert isinstance(v2.decode_reply(server.send(Result(1, 1, {"values": LARGE}))), Result)


def test_where_there_is_no_such_memory_messages_are_plain():
    def make() -> Shelf:
        raise OSError("no memory")

    server = ServerShelved(make)
    for _ in range(2):
        assert isinstance(v2.decode_reply(server.send(Result(1, 1, {"values": LARGE}))), Result)


def test_a_request_says_nothing_of_shelves_where_there_is_none():
    client = elsewhere()
    client.receive(ServerShelved(Shelf).send(Result(1, 1, {"values": LARGE})))
    assert client.encode(REQUEST) == v2.encode(REQUEST)


@pytest.mark.parametrize("message", [b"", b"\xcf", b"\xcf\0\0", b"\xcf" + bytes(8), b"\xcf" * 18, "\xcf"], ids=repr)
def test_what_is_no_request_is_told_as_without_shelves(ends: Ends, message: Any):
    with pytest.raises(FrameError) as raised:
        ends.server.receive(message)
    assert raised.value.reply.code == InvalidMessage.code
    assert like(ends.pass_on(LARGE)) == like([through_v2(LARGE)])


def test_a_large_request_comes_behind_what_was_taken(ends: Ends):
    request = Step(1, 2, {"text": "x" * 100_000}, None, 1)
    message = ends.client.encode(request)
    assert len(message) == len(v2.encode(request)) + 9
    assert ends.server.receive(memoryview(message)) == request


# What a worker may send that is none of ours.


def decoded(client: ClientShelved, code: int, data: bytes) -> Reply:
    return client.receive(msgspec.msgpack.encode([66, 1, 1, {"values": msgspec.msgpack.Ext(code, data)}]))


def place(start: int) -> bytes:
    return struct.pack("=QQ", 9, start)


HEADER = msgspec.msgpack.encode(("|u1", (8,)))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"short",
        place(2**40) + b"\0\0" + HEADER,
        place(CAPACITY - 4) + b"\0\0" + HEADER,
        place(4096) + b"\0\0" + msgspec.msgpack.encode(("|u1", (2**62,))),
        place(4096) + b"\0\0" + msgspec.msgpack.encode(("|u1", (0, 2**63))),
        place(4096) + b"\0\0" + msgspec.msgpack.encode(("|O8", (1,))),
        place(4096) + b"\0\0" + msgspec.msgpack.encode((f"<M8[{'0' * 2000}1s]", (8,))),
    ],
)
def test_a_place_that_does_not_add_up_is_refused(ends: Ends, data: bytes):
    ends.pass_on(LARGE)  # so that there is something at the places that are named
    with pytest.raises(ProtocolError):
        decoded(ends.client, shelved.LAID, data)
    with pytest.raises(ProtocolError):
        decoded(here(passes_on=True), shelved.LAID, data)


@pytest.mark.parametrize("number", [0, -1, -(2**63)])
def test_an_address_with_a_number_that_there_is_not_is_refused(number: int):
    client, shelf = here(), Shelf()
    address = msgspec.msgpack.encode((*shelf.address[:2], number))
    with pytest.raises(ProtocolError):
        decoded(client, shelved.ANNOUNCED, bytes((len(address),)) + address + b"\0\7" + HEADER + bytes(8))
    assert client.encode(REQUEST) == v2.encode(REQUEST)


def test_a_place_on_a_shelf_that_nobody_has_found_is_refused():
    with pytest.raises(ProtocolError, match="there is no place"):
        decoded(here(), shelved.LAID, place(4096) + b"\0\0" + HEADER)


@given(st.sampled_from([shelved.ANNOUNCED, shelved.LAID]), st.binary(max_size=60))
def test_whatever_else_a_worker_sends_breaks_the_protocol(code: int, data: bytes):
    for client in (here(), Ends().client, here(passes_on=True), Ends(passes_on=True).client):
        with pytest.raises(ProtocolError):
            decoded(client, code, data)
