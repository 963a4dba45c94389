"""Shelved arrays arrive as from a wire, by whichever of the ways."""

import os
import sys
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openenv.errors import ProtocolError
from openenv.processes.shelf import CAPACITY, Address, OthersShelf, Shelf
from openenv.wire import shelved, v2
from openenv.wire.exchange import ClientShelved, ServerShelved
from openenv.wire.frames import Failure, Frame, Reply, Result
from tests.wire.strategies import ARRAYS, REPLIES
from tests.wire.test_parcels import like, through_v2

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there are no shelves")

LARGE = np.arange(shelved.LARGE, dtype=np.uint8)


def find(fd: int, name: str) -> OthersShelf:
    return OthersShelf.find(os.getpid(), Address(fd, name))


def find_nothing(fd: int, name: str) -> OthersShelf:
    raise OSError("nothing is there")


class Ends:
    """A worker's end and its owner's, which have met."""

    def __init__(self) -> None:
        self.server, self.client = ServerShelved(Shelf), ClientShelved(find)
        self.pass_on(LARGE)

    def send(self, *values: Any) -> bytes:
        return self.server.send(Result(1, 1, {"values": list(values)}))

    def receive(self, message: bytes) -> list[Any]:
        reply = self.client.receive(message)
        assert isinstance(reply, Result)
        values: list[Any] = reply.observation["values"]
        return values

    def pass_on(self, *values: Any) -> list[Any]:
        return self.receive(self.send(*values))


@pytest.fixture
def ends() -> Ends:
    return Ends()


@pytest.fixture(scope="module", autouse=True)
def no_array_is_too_small():
    """Each of the hypothesis' arrays is laid."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shelved, "LARGE", 1)
        yield


@given(REPLIES)
def test_every_reply_arrives_as_it_was(reply: Frame):
    ends = Ends()
    for _ in range(2):
        assert ends.client.receive(ends.server.send(reply)) == reply


@given(st.lists(ARRAYS, max_size=4))
def test_arrays_arrive_as_from_a_wire(arrays: list[np.ndarray]):
    ends = Ends()
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
    for _ in range(3):
        assert like(ends.pass_on(LARGE)) == like([through_v2(LARGE)])
    assert len(ends.send(np.ones(CAPACITY - 100, np.uint8))) < 200  # what the failed one has laid is free


def test_who_is_not_found_stops_announcing_itself():
    server, client = ServerShelved(Shelf), ClientShelved(find_nothing)
    messages = [server.send(Result(1, 1, {"values": LARGE})) for _ in range(20)]
    assert {like(client.receive(message).observation["values"])[3] for message in messages} == {LARGE.tobytes()}
    with pytest.raises(ProtocolError):
        v2.decode_reply(messages[0])
    assert isinstance(v2.decode_reply(messages[-1]), Result)


def test_where_there_is_no_such_memory_messages_are_plain():
    def make() -> Shelf:
        raise OSError("no memory")

    server = ServerShelved(make)
    for _ in range(2):
        assert isinstance(v2.decode_reply(server.send(Result(1, 1, {"values": LARGE}))), Result)


# What a worker may send that is none of ours.


def decoded(client: ClientShelved, code: int, data: bytes) -> Reply:
    return client.receive(msgspec.msgpack.encode([66, 1, 1, {"values": msgspec.msgpack.Ext(code, data)}]))


HEADER = msgspec.msgpack.encode(("|u1", (8,)))
PLACE = (9).to_bytes(8, "big")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"short",
        PLACE + (2**40).to_bytes(8, "big") + b"\0\0" + HEADER,
        PLACE + (0).to_bytes(8, "big") + b"\0\0" + HEADER,
        PLACE + (4096).to_bytes(8, "big") + b"\0\0" + msgspec.msgpack.encode(("|u1", (2**62,))),
        PLACE + (4096).to_bytes(8, "big") + b"\0\0" + msgspec.msgpack.encode(("|u1", (0, 2**63))),
        PLACE + (4096).to_bytes(8, "big") + b"\0\0" + msgspec.msgpack.encode(("|O8", (1,))),
    ],
)
def test_a_place_that_does_not_add_up_is_refused(ends: Ends, data: bytes):
    with pytest.raises(ProtocolError):
        decoded(ends.client, shelved.LAID, data)
    with pytest.raises(ProtocolError):
        decoded(ClientShelved(find), shelved.LAID, data)


def test_a_place_on_a_shelf_that_nobody_has_found_is_refused():
    with pytest.raises(ProtocolError, match="nobody has found"):
        decoded(ClientShelved(find), shelved.LAID, PLACE + (4096).to_bytes(8, "big") + b"\0\0" + HEADER)


@given(st.sampled_from([shelved.ANNOUNCED, shelved.LAID]), st.binary(max_size=60))
def test_nothing_else_happens_whatever_comes(code: int, data: bytes):
    for client in (ClientShelved(find), Ends().client):
        with pytest.raises(ProtocolError):
            decoded(client, code, data)
