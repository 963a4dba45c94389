"""Protocol v2: frames in bytes, and what is no frame."""

from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openenv.errors import ProtocolError
from openenv.wire import v2
from openenv.wire.frames import (
    Cancel,
    Close,
    Failure,
    Fork,
    Forked,
    Frame,
    FrameError,
    GetState,
    Mcp,
    Open,
    Query,
    Reset,
    Restore,
    Restored,
    Result,
    Saved,
    Snapshot,
    StateReply,
    Step,
)
from tests.wire.strategies import BATCHES, INT64, REPLIES, REQUESTS

encode = msgspec.msgpack.encode


def refused(message: Any) -> Failure:
    with pytest.raises(FrameError) as caught:
        v2.decode_request(message)
    return caught.value.reply


# Round trips.


@given(REQUESTS | BATCHES)
def test_every_request_arrives_as_it_was(request_: Frame):
    assert v2.decode_request(v2.encode(request_)) == request_


@given(REPLIES)
def test_every_reply_arrives_as_it_was(reply: Frame):
    assert v2.decode_reply(v2.encode(reply)) == reply


@given(REQUESTS)
def test_a_message_may_lie_in_another_buffer(request_: Frame):
    assert v2.decode_request(memoryview(bytearray(v2.encode(request_)))) == request_


@pytest.mark.parametrize(
    ("frame", "array"),
    [
        (Open(1, 2, "id", "secret", 3), [1, 1, 2, "id", "secret", 3]),
        (Reset(1, 2, {"seed": 3}), [2, 1, 2, {"seed": 3}, None, 0]),
        (Step(1, 2, {"by": 3}, 0.5, 1), [3, 1, 2, {"by": 3}, 0.5, 1]),
        (GetState(1, 2, 1), [4, 1, 2, 1]),
        (Close(1, 2), [5, 1, 2]),
        (Cancel(1, 2), [6, 1, 2]),
        (Mcp(1, 2, {"id": 3}), [7, 1, 2, {"id": 3}, 0]),
        (Query(1, 2, "num_tasks", ["train"]), [8, 1, 2, "num_tasks", ["train"], 0]),
        (Fork(1, 2, 3, True), [9, 1, 2, 3, True, 0]),
        (Snapshot(1, 2), [10, 1, 2, 0]),
        (Restore(1, 2, b"saved"), [11, 1, 2, b"saved", 0]),
        (Forked(1, 2, [("id", "secret")]), [73, 1, 2, [["id", "secret"]]]),
        (Saved(1, 2, b"saved"), [74, 1, 2, b"saved"]),
        (Restored(1, 2), [75, 1, 2]),
        (Result(1, 2, {"a": 3}, 0.5, True, True), [66, 1, 2, {"a": 3}, 0.5, True, True]),
        (StateReply(1, 2, {"a": 3}), [67, 1, 2, {"a": 3}]),
        (Failure(1, 2, "CODE", "why", {"a": 3}), [69, 1, 2, "CODE", "why", {"a": 3}]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_frame_is_an_array_of_kind_channel_id_and_fields(frame: Frame, array: list[Any]):
    assert msgspec.msgpack.decode(v2.encode(frame)) == array


# Growth.


@pytest.mark.parametrize(
    ("array", "frame"),
    [
        ([1, 1, 2], Open(1, 2)),
        ([2, 1, 2], Reset(1, 2)),
        ([3, 1, 2, {}], Step(1, 2, {})),
        ([8, 1, 2, "list_splits"], Query(1, 2, "list_splits")),
    ],
    ids=str,
)
def test_what_a_request_lacks_at_its_end_has_its_default(array: list[Any], frame: Frame):
    assert v2.decode_request(encode(array)) == frame


def test_what_a_request_has_beyond_the_known_is_ignored():
    assert v2.decode_request(encode([4, 1, 2, 1, "later", {"versions": 1}])) == GetState(1, 2, 1)


def test_what_a_reply_has_beyond_the_known_is_ignored():
    assert v2.decode_reply(encode([67, 1, 2, {"a": 3}, "later"])) == StateReply(1, 2, {"a": 3})


# What is no request.


@pytest.mark.parametrize("kind", [0, 13, 63, 64, 66, 127, 2**63])
def test_an_unknown_kind_is_told_so_under_its_channel_and_id(kind: int):
    wanted = Failure(3, 4, "UNKNOWN_TYPE", f"Unknown message type: {kind}", {})
    assert refused(encode([kind, 3, 4, {}])) == wanted


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        ([3, 1, 2], "Expected `array` of at least length 4, got 3"),
        ([3, 1, 2, 5], "Expected `object`, got `int`"),
        ([3, 1, 2, [1]], "Expected `object`, got `array`"),
        ([3, 1, 2, {1: 2}], "Expected `str`, got `int`"),
        ([3, 1, 2, {}, "soon"], "Expected `float | null`, got `str`"),
        ([1, 0, 2], "Expected `int` >= 1"),
        ([1, 1, 2, 3], "Expected `str | null`, got `int`"),
        ([2, 2**32 - 1, 2, 3], "Expected `object`, got `int`"),
        ([8, 1, 2], "Expected `array` of at least length 4, got 3"),
        ([7, 1, 2, "text"], "Expected `object`, got `str`"),
    ],
    ids=str,
)
def test_wrong_fields_are_told_under_their_channel_and_id(array: list[Any], reason: str):
    reply = refused(encode(array))
    assert (reply.code, reply.channel, reply.id) == ("INVALID_JSON", array[1], array[2])
    assert reason in reply.message


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\xc1",
        b"\x94\x03\x01",
        encode([3, 1, 2, {}]) + b"\x00",
        b"\xdd\xff\xff\xff\xff",
        b"\x91" * 100_000,
        b"\x81\x81\x01\x02\x03",
        b"\x94\x03\x01\x02\x81\xa1\xff\x01",
        b"\x94\x03\x01\x02\x81\xa1a\xd7\xff" + b"\xff" * 8,
        *map(encode, [None, 1, "text", {}, [], [3], [3, 1], {"type": "state"}, ["3", 1, 2], [3, "1", 2], [3, None, 2]]),
        *map(encode, [[3, -1, 2, {}], [-3, 1, 2, {}], [3, 1, -2, {}], [3.0, 1, 2], [True, 1, 2]]),
        *map(encode, [[2, 2**32, 2], [63, 2**32, 2], [63, 2**64 - 1, 2]]),
    ],
    ids=lambda message: repr(message[:12]),
)
def test_what_is_no_frame_at_all_is_told_without_a_request(message: bytes):
    reply = refused(message)
    assert (reply.code, reply.channel, reply.id) == ("INVALID_JSON", 0, 0)


def test_text_is_no_frame():
    assert refused('{"type":"state"}').code == "INVALID_JSON"


def test_text_is_no_reply():
    with pytest.raises(ProtocolError, match="text message"):
        v2.decode_reply("{}")


@pytest.mark.parametrize("array", [[64, 1, 2], [3, 1, 2, {}], [66, 1, 2], [66, 1, 2, {}, "much"], [69, 1, 2, 3, 4], []])
def test_what_is_no_reply_is_a_protocol_error(array: list[Any]):
    with pytest.raises(ProtocolError, match="no frame"):
        v2.decode_reply(encode(array))


# Anything at all.

CODES = st.integers(-128, 127).filter(lambda code: code != -1)  # which msgspec keeps for times
EXTENSIONS = st.builds(msgspec.msgpack.Ext, CODES, st.binary(max_size=40))
KEYS = st.text() | st.integers(0, 100) | st.floats() | st.none()
ANYTHING = st.recursive(
    st.none() | st.booleans() | INT64 | st.floats() | st.text() | st.binary() | EXTENSIONS,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=20,
)
HEADS = st.lists(st.integers(-1, 80), max_size=3)
FRAMELIKE = st.builds(lambda head, rest: [*head, *rest], HEADS, st.lists(ANYTHING, max_size=4))
SPOILT = st.builds(
    lambda frame, at, byte: spoilt(v2.encode(frame), at, byte),
    REQUESTS | REPLIES,
    st.integers(0),
    st.binary(max_size=2),
)
MESSAGES = st.binary() | st.text() | (ANYTHING | FRAMELIKE).map(encode) | SPOILT


def spoilt(message: bytes, at: int, replacement: bytes) -> bytes:
    at %= len(message)
    return message[:at] + replacement + message[at + 1 :]


@given(MESSAGES)
@example(b"\xdf\xff\xff\xff\xff")
@example(b"\x92" * 5000)
def test_a_server_reads_a_request_or_raises_a_frame_error(message: bytes | str):
    try:
        read = v2.decode_request(message)
    except FrameError as error:
        read = v2.decode_reply(v2.encode(error.reply))
    assert isinstance(read, Frame)


@given(MESSAGES)
@example(b"\x92" * 5000)
def test_a_client_reads_a_reply_or_raises_a_protocol_error(message: bytes | str):
    try:
        reply = v2.decode_reply(message)
    except ProtocolError:
        return
    assert isinstance(reply, Frame)
    if isinstance(reply, Failure):
        assert isinstance(reply.error(), RuntimeError)
