"""Arrays and other values that neither JSON nor msgpack know."""

import datetime
import decimal
import enum
import pathlib
import struct
import tracemalloc
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given

from openenv.errors import InvalidMessage, ProtocolError
from openenv.wire import v2
from openenv.wire.frames import FrameError, Result
from openenv.wire.values import ARRAY, Packed, from_msgpack, to_json, to_msgpack, unpacked, with_lists
from tests.wire.strategies import ARRAYS


def through_v2(value: Any) -> Any:
    reply = v2.decode_reply(v2.encode(Result(1, 1, {"value": value})))
    assert isinstance(reply, Result)
    return reply.observation["value"]


def extension(dtype: Any, shape: Any, elements: bytes) -> bytes:
    header = msgspec.msgpack.encode((dtype, shape))
    return struct.pack(">H", len(header)) + header + elements


def decoded(data: bytes) -> Any:
    return from_msgpack(ARRAY, memoryview(data))


# Round trips.


@given(ARRAYS)
def test_an_array_arrives_as_it_was(array: np.ndarray):
    found = through_v2(array)
    assert (found.dtype.str, found.shape, found.tobytes()) == (array.dtype.str, array.shape, array.tobytes())


LAYOUTS = {
    "Fortran order": np.asfortranarray,
    "turned": lambda array: array.T,
    "turned and backwards": lambda array: array.T[..., ::-1],
    "every second": lambda array: array[::2],
    "a column": lambda array: array[..., :1],
    "repeated without a copy": lambda array: np.broadcast_to(array, (3, *array.shape)),
    "between other bytes": lambda array: np.frombuffer(b"." + array.tobytes(), array.dtype, offset=1),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@given(array=ARRAYS.filter(lambda array: array.ndim and array.size))
def test_an_array_in_another_order_of_memory_arrives_with_the_same_elements(layout: str, array: np.ndarray):
    sent = LAYOUTS[layout](array)
    found = through_v2(sent)
    assert (found.dtype.str, found.shape, found.tobytes()) == (sent.dtype.str, sent.shape, sent.tobytes())
    assert found.flags.c_contiguous


def test_a_large_array_within_an_observation_arrives():
    screen = np.random.default_rng(0).integers(0, 255, (210, 160, 3), np.uint8)
    found = through_v2([{"screen": screen}])[0]["screen"]
    assert np.array_equal(found, screen)


def test_a_decoded_array_is_a_view_of_the_message():
    message = v2.encode(Result(1, 1, {"value": np.arange(1000)}))
    found = v2.decode_reply(message).observation["value"]
    start = np.frombuffer(message, np.uint8).__array_interface__["data"][0]
    assert start < found.__array_interface__["data"][0] < start + len(message)


@pytest.mark.parametrize("shape", [(3,), (), (0, 2)], ids=str)
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_a_decoded_array_cannot_be_written(shape: tuple[int, ...], kind: Any):
    message = v2.encode(Result(1, 1, {"value": np.zeros(shape)}))
    found = v2.decode_reply(kind(message)).observation["value"]
    assert not found.flags.writeable


@pytest.mark.parametrize(
    ("scalar", "plain"),
    [(np.float32(0.5), 0.5), (np.int64(-3), -3), (np.bool_(True), True), (np.str_("a"), "a"), (np.float64(0.1), 0.1)],
    ids=repr,
)
def test_a_numpy_scalar_arrives_as_a_plain_value(scalar: Any, plain: Any):
    found = through_v2(scalar)
    assert (type(found), found, to_json(scalar)) == (type(plain), plain, plain)


class Colour(enum.Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "arrives"),
    [
        (b"\xff\x00", b"\xff\x00"),
        (datetime.datetime(2020, 1, 2, 3, 4, 5, 678), "2020-01-02T03:04:05.000678"),
        (datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC), datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC)),
        (datetime.date(2020, 1, 2), "2020-01-02"),
        (datetime.timedelta(seconds=90), "PT90S"),
        (decimal.Decimal("1.50"), "1.50"),
        (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        (pathlib.PurePosixPath("/a/b"), "/a/b"),
        (Colour.RED, "red"),
        ({1}, [1]),
        ((1, 2), [1, 2]),
        ({1: 2, (3, 4): 5}, {1: 2, (3, 4): 5}),
        (float("inf"), float("inf")),
        (1j, "1j"),
    ],
    ids=repr,
)
def test_other_values_have_a_form_on_v2(value: Any, arrives: Any):
    assert through_v2(value) == arrives


def test_nan_stays_nan_on_v2():
    assert repr(through_v2(float("nan"))) == "nan"


# What cannot be sent.


@pytest.mark.parametrize(
    "array",
    [
        np.array([{}, None]),
        np.zeros(2, [("a", "i4")]),
        np.zeros(2, "V3"),
        np.zeros(2, np.longdouble),
        np.zeros(2, np.clongdouble),
        np.longdouble(1),
        np.void(b"abc"),
        np.ma.masked_array([1, 2], [True, False]),
    ],
    ids=lambda array: f"{type(array).__name__} {array.dtype}",
)
@pytest.mark.parametrize("encode", [to_json, to_msgpack])
def test_an_array_that_not_every_machine_understands_is_refused(array: Any, encode: Any):
    with pytest.raises((TypeError, ValueError), match=r"cannot be sent|serialize"):
        encode(array)


@pytest.mark.parametrize("dtype", ["<c8", "|S3", "<M8[s]", "<m8[s]"])
def test_an_array_that_lists_cannot_say_is_refused_for_json(dtype: str):
    with pytest.raises(TypeError, match="have no form in JSON"):
        to_json(np.zeros(2, dtype))


@given(ARRAYS)
def test_what_was_packed_is_unpacked_as_it_was(array: np.ndarray):
    found = unpacked(to_msgpack(array))
    assert (found.dtype, found.shape, found.tobytes()) == (array.dtype, array.shape, array.tobytes())


def test_a_packed_array_is_nested_lists_in_json():
    assert to_json(to_msgpack(np.arange(6).reshape(2, 3))) == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize("value", [Packed(ARRAY, b"junk"), Packed(7, b"")])
def test_an_extension_value_that_is_no_array_has_no_form_in_json(value: Packed):
    assert unpacked(value) is value
    with pytest.raises(TypeError, match="values of type Ext cannot be sent"):
        to_json(value)


@pytest.mark.parametrize("shape", [(1 << 17, 0), (2, 1 << 16, 0, 3), (2**40, 0)])
def test_a_small_message_does_not_become_any_number_of_lists(shape: tuple[int, ...]):
    array = from_msgpack(ARRAY, memoryview(extension("|u1", [*shape], b"")))
    with pytest.raises(ValueError, match="too many empty lists"):
        to_json(array)
    with pytest.raises(ValueError, match="too many empty lists"):
        with_lists({"array": array})


@pytest.mark.parametrize("shape", [(0, 1 << 20, 3), (1 << 16, 0), (0,), (5, 0)])
def test_other_arrays_without_elements_are_lists(shape: tuple[int, ...]):
    assert to_json(from_msgpack(ARRAY, memoryview(extension("|u1", [*shape], b"")))) == np.zeros(shape).tolist()


@pytest.mark.parametrize("dtype", ["<M8[0s]", "<m8[0D]", ">M8[00s]", "<M8[4294967296s]", "<M8[1\u0665s]"])
def test_times_that_numpy_cannot_compare_are_refused(dtype: str):
    with pytest.raises(InvalidMessage, match="unknown array dtype"):
        from_msgpack(ARRAY, memoryview(extension(dtype, [0], b"")))


def test_an_array_is_nested_lists_in_json():
    assert to_json(np.array([[1, 2], [3, 4]], np.uint8)) == [[1, 2], [3, 4]]


@pytest.mark.parametrize("encode", [to_json, to_msgpack])
def test_an_object_of_any_other_class_is_refused(encode: Any):
    with pytest.raises((TypeError, ValueError), match="object"):
        encode(object())


# What is no array, though it says so.


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"\xff\xff",
        b"\x00\x01\x01",
        b"\x00\x03\x92\xa1",
        extension("<f8", [2], b"\0" * 15),
        extension("<f8", [2], b"\0" * 17),
        extension("<f8", [-2], b"\0" * 16),
        extension("<f8", [-1, -2], b"\0" * 16),
        extension("<f8", [], b""),
        extension("<f8", [1.0], b"\0" * 8),
        extension("<f8", "1", b"\0" * 8),
        extension("<f8", None, b"\0" * 8),
        extension(5, [1], b"\0" * 8),
        extension("<f8", [0, -1], b""),
        extension("<f8", [0, 2**62], b""),
        extension("<f8", [0, 2**64 - 1], b""),
        extension("<f8", [0] + [1] * 64, b""),
        extension("<f8", [1] * 60_000, b"\0" * 8),
        extension("|O", [1], b"\0" * 8),
        extension("|V8", [1], b"\0" * 8),
        extension("<f8,<f8", [1], b"\0" * 16),
        extension("(2,)<f8", [1], b"\0" * 16),
        extension("<f16", [1], b"\0" * 16),
        extension("float64", [1], b"\0" * 8),
        extension("f8", [1], b"\0" * 8),
        extension("=f8", [1], b"\0" * 8),
        extension("<i3", [1], b"\0" * 3),
        extension("<U0", [2**40], b""),
        extension("|S0", [2**40], b""),
        extension("<U9999999999", [0], b""),
        extension("<M8[fortnights]", [1], b"\0" * 8),
        extension("T", [1], b"\0" * 16),
        extension("", [1], b"\0"),
        extension("<f8\n", [1], b"\0" * 8),
        extension("\u0661", [1], b"\0"),
        b"\x00\x05\x92\xa2\xff\xff\x90",
    ],
    ids=lambda data: repr(data[:40]),
)
def test_a_header_that_does_not_add_up_is_refused(data: bytes):
    with pytest.raises(InvalidMessage):
        decoded(data)


@contextmanager
def little_memory() -> Iterator[None]:
    """What is done here takes less memory at any time than a tenth of a megabyte."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def framed_array(dtype: str, shape: list[int], elements: bytes) -> bytes:
    array = msgspec.msgpack.Ext(ARRAY, extension(dtype, shape, elements))
    return msgspec.msgpack.encode([3, 1, 7, {"a": array}])


@pytest.mark.parametrize(
    ("dtype", "shape"),
    [
        ("<f8", [2**27]),
        ("|u1", [1024, 1024, 1024]),
        ("<U1000000", [250]),
        ("<f8", [2**40]),
        ("|u1", [2**40, 2**40]),
        ("|u1", [2**32, 2**32]),
        ("<f8", [2**61]),
        ("<U1000000", [2**40]),
        ("<f8", [2**63, 2]),
        ("<f8", [2**64 - 1]),
    ],
    ids=str,
)
def test_a_huge_array_in_a_small_message_is_refused_before_anything_is_allocated(dtype: str, shape: list[int]):
    message = framed_array(dtype, shape, b"\0" * 8)
    assert len(message) < 100
    with little_memory(), pytest.raises(FrameError, match="does not fit its 8 bytes"):
        v2.decode_request(message)


@pytest.mark.parametrize("shape", [[0, 2**27], [2**27, 0], [2**13, 0, 2**13]], ids=str)
def test_an_array_without_elements_takes_no_memory_however_long_it_is_otherwise(shape: list[int]):
    with little_memory():
        found = v2.decode_request(framed_array("<f8", shape, b"")).action["a"]
        sent = to_msgpack(found)
    assert (list(found.shape), len(sent.data) < 40) == (shape, True)


@pytest.mark.parametrize("code", [0, 2, 127, -2, -128])
def test_another_extension_type_is_refused(code: int):
    with pytest.raises(InvalidMessage, match=f"unknown msgpack extension type {code}"):
        from_msgpack(code, memoryview(b"\0"))


def test_a_broken_array_is_the_sender_s_fault_on_either_side():
    broken = msgspec.msgpack.Ext(ARRAY, extension("|O", [1], b"\0" * 8))
    with pytest.raises(FrameError) as caught:
        v2.decode_request(msgspec.msgpack.encode([3, 1, 7, {"a": broken}]))
    assert (caught.value.reply.code, caught.value.reply.channel, caught.value.reply.id) == ("INVALID_JSON", 1, 7)
    with pytest.raises(ProtocolError):
        v2.decode_reply(msgspec.msgpack.encode([66, 1, 7, {"a": broken}]))
