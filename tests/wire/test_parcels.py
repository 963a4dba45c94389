"""Parcels: frames for the same process arrive as from a wire, and nobody changes what another has."""

import datetime
import decimal
import enum
import pathlib
import uuid
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from openenv.errors import InvalidMessage
from openenv.wire import v2
from openenv.wire.exchange import ClientParcels, ServerParcels
from openenv.wire.frames import Failure, Frame, FrameError, Reset, Result, Step
from openenv.wire.parcels import Packer, Parcel, Unpacker
from openenv.wire.values import UNENCODABLE
from tests.wire.strategies import ARRAYS, BATCHES, REPLIES, REQUESTS, VALUES


def packed(value: Any) -> Parcel:
    return Packer().pack(Result(1, 1, {"value": value}))


def arrived(parcel: Parcel) -> Any:
    reply = Unpacker().reply(parcel)
    assert isinstance(reply, Result)
    return reply.observation["value"]


def through_v2(value: Any) -> Any:
    reply = v2.decode_reply(v2.encode(Result(1, 1, {"value": value})))
    assert isinstance(reply, Result)
    return reply.observation["value"]


def like(value: Any) -> Any:
    """What can be compared: types are, too."""
    if isinstance(value, np.ndarray):
        layout = (value.flags.c_contiguous, value.flags.writeable)
        return (type(value), value.dtype.str, value.shape, value.tobytes(), layout)
    if isinstance(value, dict):
        return {key: like(each) for key, each in value.items()}
    return [like(each) for each in value] if isinstance(value, list) else (type(value), repr(value))


class Colour(enum.Enum):
    RED = "red"


# Round trips.


@given(REQUESTS | BATCHES)
def test_every_request_arrives_as_it_was(request_: Frame):
    assert ServerParcels().receive(ClientParcels().encode(request_)) == request_


@given(REPLIES)
def test_every_reply_arrives_as_it_was(reply: Frame):
    assert ClientParcels().receive(ServerParcels().send(reply)) == reply


@given(ARRAYS)
def test_an_array_arrives_as_from_a_wire(array: np.ndarray):
    values = [array, array.T, array[..., None][..., ::-1], np.broadcast_to(array, (2, *array.shape)), {"deep": array}]
    assert like(arrived(packed(values))) == like(through_v2(values))


@pytest.mark.parametrize(
    "value",
    [
        np.float32(0.5),
        np.int64(-3),
        np.bool_(True),
        b"\xff\x00",
        bytearray(b"ab"),
        datetime.datetime(2020, 1, 2, 3, 4, 5, 678),
        datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC),
        datetime.timedelta(seconds=90),
        decimal.Decimal("1.50"),
        uuid.UUID(int=5),
        pathlib.PurePosixPath("/a/b"),
        Colour.RED,
        {1},
        (1, (2, np.arange(2))),
        {1: 2, (3, 4): 5},
        float("nan"),
        2**64 - 1,
    ],
    ids=repr,
)
def test_other_values_arrive_as_from_a_wire(value: Any):
    assert like(arrived(packed(value))) == like(through_v2(value))


@pytest.mark.parametrize(
    "value",
    [
        object(),
        2**64,
        "\ud800",
        np.array([{}, None]),
        np.zeros(2, [("a", "i4")]),
        np.zeros(2, np.longdouble),
        np.ma.masked_array([1, 2], [True, False]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_sent_is_refused_as_on_a_wire(value: Any):
    with pytest.raises(UNENCODABLE) as here:
        packed(value)
    with pytest.raises(UNENCODABLE) as there:
        through_v2(value)
    assert (here.type, str(here.value)) == (there.type, str(there.value))


def test_an_answer_that_cannot_be_sent_is_told():
    told = ClientParcels().receive(ServerParcels().send(Result(3, 4, {"value": object()})))
    assert isinstance(told, Failure)
    assert (told.channel, told.id) == (3, 4)
    assert "the environment's answer cannot be sent" in told.message


def test_a_request_that_does_not_add_up_is_refused():
    with pytest.raises(FrameError) as caught:
        ServerParcels().receive(ClientParcels().encode(Step(1, 7, {}, timeout_s=-1)))
    assert (caught.value.reply.channel, caught.value.reply.id) == (1, 7)
    assert caught.value.reply.code == InvalidMessage.code


# Whose the values are.


@given(VALUES)
def test_containers_are_others(value: Any):
    found = arrived(packed([value]))
    assert found == [value]
    assert not shared(found[0], value)


def shared(one: Any, other: Any) -> bool:
    """Some list or dict in them is the same."""
    if not isinstance(one, (list, dict)):
        return False
    if isinstance(one, dict):
        return one is other or any(shared(each, other[key]) for key, each in one.items())
    return one is other or any(map(shared, one, other))


def test_an_array_that_is_changed_afterwards_is_not_changed_in_a_parcel():
    array = np.arange(3)
    parcel = packed(array)
    array[:] = 7
    assert arrived(parcel).tolist() == [0, 1, 2]


def test_an_array_that_is_read_only_and_has_its_own_elements_is_not_copied():
    array = np.arange(3)
    array.flags.writeable = False
    assert arrived(packed(array)) is array


def test_a_read_only_view_of_another_array_is_copied():
    array = np.arange(3)
    view = array[:]
    view.flags.writeable = False
    parcel = packed(view)
    array[:] = 7
    assert arrived(parcel).tolist() == [0, 1, 2]


def test_a_parcel_has_the_length_of_all_that_is_sent():
    array = np.zeros((100, 100), np.uint8)
    assert 10_000 < len(packed([array, array[:10]])) - len(packed([])) - 1_000 < 10_050


def test_parcels_of_one_packer_are_each_complete():
    packer = Packer()
    parcels = [packer.pack(Reset(1, number, {"at": np.full(2, number)})) for number in (1, 2)]
    unpacker = Unpacker()
    found = [unpacker.request(parcel) for parcel in reversed(parcels)]
    assert [one.options["at"].tolist() for one in found if isinstance(one, Reset)] == [[2, 2], [1, 1]]
