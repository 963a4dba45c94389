"""Protocol v1: the reference's JSON, to the byte."""

import datetime
import decimal
import enum
import json
import math
import pathlib
import uuid
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from openenv.errors import (
    CapacityError,
    EnvironmentFactoryError,
    ExecutionError,
    InvalidReward,
    InvalidTaskIndex,
    ProtocolError,
    ServerError,
    SessionCrashed,
    SessionError,
    UnsupportedOperation,
)
from openenv.wire import v1
from openenv.wire.frames import (
    Cancel,
    Close,
    Failure,
    Frame,
    FrameError,
    GetState,
    Mcp,
    McpReply,
    Open,
    Opened,
    Reset,
    Result,
    StateReply,
    Step,
)
from tests.wire.strategies import IDS, JSON_OBJECTS, JSON_VALUES, REWARDS

CHANNEL = v1.CHANNEL


def refused(message: Any) -> dict[str, Any]:
    """The data of the error that answers a message."""
    with pytest.raises(FrameError) as caught:
        v1.decode_request(message, id=1)
    return json.loads(v1.encode_reply(caught.value.reply))["data"]


# Round trips.

REQUESTS = st.one_of(
    st.builds(Reset, st.just(CHANNEL), IDS, JSON_OBJECTS),
    st.builds(Step, st.just(CHANNEL), IDS, JSON_OBJECTS),
    st.builds(GetState, st.just(CHANNEL), IDS),
    st.builds(Close, st.just(CHANNEL), IDS),
    st.builds(Mcp, st.just(CHANNEL), IDS, JSON_OBJECTS),
)


def without_truncated(observation: dict[str, Any]) -> bool:
    metadata = observation.get("metadata")
    return "truncated" not in observation and not (isinstance(metadata, dict) and "truncated" in metadata)


PLAIN = JSON_OBJECTS.filter(without_truncated)
CODES = st.text().filter(lambda code: Failure(CHANNEL, 1, code, "").error().v1_code is None)
"""For the others v1 has a word of its own."""

REPLIES = st.one_of(
    st.builds(Result, st.just(CHANNEL), IDS, PLAIN, REWARDS, st.booleans()),
    st.builds(StateReply, st.just(CHANNEL), IDS, JSON_OBJECTS),
    st.builds(McpReply, st.just(CHANNEL), IDS, JSON_OBJECTS),
    st.builds(Failure, st.just(CHANNEL), IDS, CODES, st.text()),
)


@given(REQUESTS)
def test_every_request_arrives_as_it_was(request_: Any):
    assert v1.decode_request(v1.encode_request(request_), id=request_.id) == request_


@given(REPLIES)
def test_every_reply_arrives_as_it_was(reply: Any):
    assert v1.decode_reply(v1.encode_reply(reply), id=reply.id) == reply


@pytest.mark.parametrize("request_", [Open(1, 1), Cancel(1, 1)], ids=repr)
def test_what_v1_has_no_request_for_cannot_be_encoded(request_: Any):
    with pytest.raises(TypeError, match="protocol v1 has no message for"):
        v1.encode_request(request_)


def test_what_v1_has_no_reply_for_cannot_be_encoded():
    with pytest.raises(TypeError, match="protocol v1 has no message for Opened"):
        v1.encode_reply(Opened(1, 1, "session"))


# The text.


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (Reset(0, 1), '{"type":"reset"}'),
        (Reset(0, 1, {"seed": 7, "episode_id": "abc"}), '{"type":"reset","data":{"seed":7,"episode_id":"abc"}}'),
        (Reset(0, 1, {"seed": 7}, 3.0), '{"type":"reset","data":{"seed":7}}'),
        (Step(0, 1, {"message": "naïve ☃"}), '{"type":"step","data":{"message":"naïve ☃"}}'),
        (Step(0, 1, {}, 3.0), '{"type":"step","data":{}}'),
        (Step(0, 1, {"x": np.zeros(2)}), '{"type":"step","data":{"x":[0.0,0.0]}}'),
        (Step(0, 1, {"x": [math.nan, math.inf, -math.inf]}), '{"type":"step","data":{"x":[NaN,Infinity,-Infinity]}}'),
        (GetState(0, 1), '{"type":"state"}'),
        (Close(0, 1), '{"type":"close"}'),
        (Mcp(0, 1, {"id": 1}), '{"type":"mcp","data":{"id":1}}'),
    ],
    ids=repr,
)
def test_a_request_is_compact_json(request_: Any, text: str):
    assert v1.encode_request(request_) == text


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (
            Result(0, 1, {"metadata": {}, "echoed": "hi"}, 1.0, False),
            '{"type":"observation","data":{"observation":{"metadata":{},"echoed":"hi"},"reward":1.0,"done":false}}',
        ),
        (
            Result(0, 1, {"metadata": {"seed": 7}}),
            '{"type":"observation","data":{"observation":{"metadata":{"seed":7}},"reward":null,"done":false,'
            '"metadata":{"seed":7}}}',
        ),
        (
            Result(0, 1, {"metadata": {"a": 1}}, 2, True, True),
            '{"type":"observation","data":{"observation":{"metadata":{"a":1,"truncated":true}},"reward":2,"done":true,'
            '"metadata":{"a":1,"truncated":true}}}',
        ),
        (
            Result(0, 1, {"result": "late"}, None, True, True),
            '{"type":"observation","data":{"observation":{"result":"late"},"reward":null,"done":true,'
            '"metadata":{"truncated":true}}}',
        ),
        (
            Result(0, 1, {"truncated": True, "metadata": {}}, True, True, True),
            '{"type":"observation","data":{"observation":{"truncated":true,"metadata":{}},"reward":true,"done":true}}',
        ),
        (
            Result(0, 1, {"metadata": "text"}),
            '{"type":"observation","data":{"observation":{"metadata":"text"},"reward":null,"done":false}}',
        ),
        (StateReply(0, 1, {"step_count": 2}), '{"type":"state","data":{"step_count":2}}'),
        (McpReply(0, 1, {"id": 1}), '{"type":"mcp","data":{"id":1}}'),
    ],
    ids=repr,
)
def test_a_reply_is_the_reference_s_text(reply: Any, text: str):
    assert v1.encode_reply(reply) == text


@pytest.mark.parametrize(
    ("error", "data"),
    [
        (ExecutionError("kaboom", "RuntimeError"), {"message": "kaboom", "code": "EXECUTION_ERROR"}),
        (InvalidReward("no reward"), {"message": "no reward", "code": "EXECUTION_ERROR"}),
        (UnsupportedOperation("not here"), {"message": "not here", "code": "UNKNOWN_TYPE"}),
        (InvalidTaskIndex("no such task"), {"message": "no such task", "code": "EXECUTION_ERROR"}),
        (
            CapacityError(4, 4, "full"),
            {"message": "full", "code": "CAPACITY_REACHED", "active_sessions": 4, "max_sessions": 4},
        ),
        (EnvironmentFactoryError("Walk", "no"), {"message": "no", "code": "FACTORY_ERROR", "factory_name": "Walk"}),
        (SessionError("gone"), {"message": "gone", "code": "SESSION_ERROR"}),
        (SessionCrashed("crashed", "SIGSEGV"), {"message": "crashed", "code": "SESSION_ERROR"}),
        (SessionCrashed("crashed", exit_status=3), {"message": "crashed", "code": "SESSION_ERROR"}),
    ],
    ids=repr,
)
def test_an_error_has_one_of_the_seven_codes_and_the_reference_s_fields(error: ServerError, data: dict[str, Any]):
    text = v1.encode_reply(Failure.of(error, channel=0, id=1))
    assert text == msgspec.json.encode({"type": "error", "data": data}).decode()


class Colour(enum.Enum):
    RED = "red"


@dataclass
class Point:
    x: int


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([1.0, 0.1, -0.0, 3.14], "[1.0,0.1,-0.0,3.14]"),
        ('naïve ☃ \x00 \t " / \\ 😀', '"naïve ☃ \\u0000 \\t \\" / \\\\ 😀"'),
        ([math.nan, math.inf, -math.inf], "[null,null,null]"),
        ([2**70, 2**63, -(2**70)], "[1180591620717411303424,9223372036854775808,-1180591620717411303424]"),
        (datetime.datetime(2020, 1, 2, 3, 4, 5, 678), '"2020-01-02T03:04:05.000678"'),
        (datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC), '"2020-01-02T00:00:00Z"'),
        (datetime.timedelta(days=1, seconds=2.5), '"P1DT2.5S"'),
        (decimal.Decimal("1.50"), '"1.50"'),
        (uuid.UUID(int=5), '"00000000-0000-0000-0000-000000000005"'),
        (pathlib.PurePosixPath("/a/b"), '"/a/b"'),
        (Colour.RED, '"red"'),
        ({1}, "[1]"),
        ((1, 2), "[1,2]"),
        (b"abc", '"abc"'),
        ({1: 2, None: 4, 1.5: 5}, '{"1":2,"None":4,"1.5":5}'),
        (Point(1), '{"x":1}'),
        (np.array([[1, 2]], np.uint8), "[[1,2]]"),
        (np.array([math.nan, math.inf]), "[null,null]"),
        (np.float32(0.5), "0.5"),
        (np.array(True), "true"),
    ],
    ids=repr,
)
def test_values_have_the_reference_s_form(value: Any, text: str):
    assert v1.encode_reply(StateReply(0, 1, {"v": value})) == f'{{"type":"state","data":{{"v":{text}}}}}'


# What is no request. The texts are the reference's, except where it ends the session: these are ours.


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("", "Expecting value: line 1 column 1 (char 0)"),
        ("{bad", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ('{"type":"sta', "Unterminated string starting at: line 1 column 9 (char 8)"),
        ('{"type":"state"} x', "Extra data: line 1 column 18 (char 17)"),
        ('{"a":1 "b"}', "Expecting ',' delimiter: line 1 column 8 (char 7)"),
        ("\ufeff{}", "Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)"),
        ('{"a":"\n"}', "Invalid control character at: line 1 column 7 (char 6)"),
        ("[1]", "expected an object, got list"),
        ("null", "expected an object, got NoneType"),
        ('"state"', "expected an object, got str"),
        ("1", "expected an object, got int"),
        ("NaN", "expected an object, got float"),
        (b'{"type":"state"}', "expected a text message, got a binary one"),
        (memoryview(b"{}"), "expected a text message, got a binary one"),
    ],
    ids=repr,
)
def test_what_is_no_json_object_is_invalid_json(message: Any, reason: str):
    assert refused(message) == {"message": f"Invalid JSON: {reason}", "code": "INVALID_JSON"}


@pytest.mark.parametrize("message", ["[" * 100_000, '{"a":' * 100_000, '{"a":' + "1" * 5000 + "}"], ids=lambda m: m[:5])
def test_what_no_parser_takes_is_invalid_json(message: str):
    assert refused(message)["code"] == "INVALID_JSON"


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("{}", ""),
        ('{"data":{}}', ""),
        ('{"type":"foo"}', "foo"),
        ('{"type":"foo","x":1}', "foo"),
        ('{"type":"STEP"}', "STEP"),
        ('{"type":""}', ""),
        ('{"type":"observation","data":{}}', "observation"),
        ('{"type":"open"}', "open"),
        ('{"type":null}', "None"),
        ('{"type":true}', "True"),
        ('{"type":5}', "5"),
        ('{"type":1.5}', "1.5"),
        ('{"type":["a"]}', "['a']"),
        ('{"type":{"a":1}}', "{'a': 1}"),
    ],
)
def test_a_type_that_is_missing_or_no_word_of_the_protocol_is_unknown(message: str, shown: str):
    assert refused(message) == {"message": f"Unknown message type: {shown}", "code": "UNKNOWN_TYPE"}


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ('{"type":"step"}', {"type": "missing", "loc": ["data"], "msg": "Field required", "input": {"type": "step"}}),
        ('{"type":"mcp"}', {"type": "missing", "loc": ["data"], "msg": "Field required", "input": {"type": "mcp"}}),
        *(
            (
                f'{{"type":"{kind}","data":{value}}}',
                {
                    "type": "dict_type",
                    "loc": ["data"],
                    "msg": "Input should be a valid dictionary",
                    "input": json.loads(value),
                },
            )
            for kind in ("reset", "step", "mcp")
            for value in ("null", "[1]", '"x"', "1")
        ),
        *(
            (
                f'{{"type":"{kind}","{name}":1}}',
                {"type": "extra_forbidden", "loc": [name], "msg": "Extra inputs are not permitted", "input": 1},
            )
            for kind, name in [("state", "data"), ("state", "x"), ("close", "x"), ("close", "data"), ("reset", "x")]
        ),
        (
            '{"type":"step","data":{},"id":1}',
            {"type": "extra_forbidden", "loc": ["id"], "msg": "Extra inputs are not permitted", "input": 1},
        ),
    ],
)
def test_an_envelope_with_wrong_fields_is_a_validation_error(message: str, error: dict[str, Any]):
    data = refused(message)
    assert data["errors"][0].pop("url").startswith("https://errors.pydantic.dev/")
    assert data == {"message": "Invalid message", "code": "VALIDATION_ERROR", "errors": [error]}


def test_every_wrong_field_is_listed():
    assert [error["loc"] for error in refused('{"type":"reset","x":1,"y":2}')["errors"]] == [["x"], ["y"]]


# What only Python's JSON takes, as the reference does.


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Infinity", math.inf),
        ("-Infinity", -math.inf),
        ("1e400", math.inf),
        ("1" * 400, int("1" * 400)),
        ('"\\ud800"', "\ud800"),
        ("2.0", 2.0),
    ],
    ids=lambda value: str(value)[:10],
)
def test_numbers_and_text_that_python_s_json_takes_are_taken(text: str, value: Any):
    assert v1.decode_request(f'{{"type":"step","data":{{"a":{text}}}}}', id=1) == Step(CHANNEL, 1, {"a": value})
    assert v1.decode_reply(f'{{"type":"state","data":{{"a":{text}}}}}', id=1) == StateReply(CHANNEL, 1, {"a": value})


def test_nan_is_taken():
    request = v1.decode_request('{"type":"step","data":{"a":NaN}}', id=1)
    assert isinstance(request, Step)
    assert math.isnan(request.action["a"])


def test_of_two_equal_keys_the_last_one_counts():
    assert v1.decode_request('{"type":"step","type":"state"}', id=1) == GetState(CHANNEL, 1)
    assert v1.decode_reply('{"type":"error","type":"state","data":{}}', id=1) == StateReply(CHANNEL, 1, {})


@given(st.text() | st.builds(json.dumps, JSON_VALUES) | st.text('{}[]":,.-+0123456789eE\\u nulltrefasNI\n'))
@example('{"a":1}\n ')
def test_json_is_what_python_s_parser_takes(text: str):
    reason = python_s_word(text)
    assume(reason is not None)
    assert refused(text) == {"message": f"Invalid JSON: {reason}", "code": "INVALID_JSON"}


def python_s_word(text: str) -> str | None:
    """Why it is no JSON object; None when it is one."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        return str(error)
    return None if isinstance(value, dict) else f"expected an object, got {type(value).__name__}"


# Replies as clients read them.


def result_of(data: dict[str, Any]) -> Result:
    reply = v1.decode_reply(json.dumps({"type": "observation", "data": data}), id=1)
    assert isinstance(reply, Result)
    return reply


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ({"observation": {}}, Result(CHANNEL, 1, {})),
        ({"observation": {"a": 1}, "reward": 0.5, "done": True}, Result(CHANNEL, 1, {"a": 1}, 0.5, True)),
        ({"observation": {"metadata": {"a": 1}}, "metadata": {"a": 1}}, Result(CHANNEL, 1, {"metadata": {"a": 1}})),
        ({"observation": {}, "metadata": {"a": 1}}, Result(CHANNEL, 1, {"metadata": {"a": 1}})),
        ({"observation": {}, "metadata": None}, Result(CHANNEL, 1, {})),
        (
            {"observation": {"metadata": {"truncated": True}}, "done": True},
            Result(CHANNEL, 1, {"metadata": {"truncated": True}}, None, True, True),
        ),
        (
            {"observation": {}, "done": True, "metadata": {"truncated": True}},
            Result(CHANNEL, 1, {"metadata": {"truncated": True}}, None, True, True),
        ),
        ({"observation": {"truncated": True}}, Result(CHANNEL, 1, {"truncated": True}, None, False, True)),
        ({"observation": {"metadata": {"truncated": "no"}}}, Result(CHANNEL, 1, {"metadata": {"truncated": "no"}})),
        ({"observation": {}, "later": 1}, Result(CHANNEL, 1, {})),
    ],
    ids=str,
)
def test_a_result_is_read_with_what_is_beside_it(data: dict[str, Any], wanted: Result):
    assert result_of(data) == wanted


@pytest.mark.parametrize(
    "message",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"type":"observation"}',
        '{"type":"observation","data":[]}',
        '{"type":"observation","data":{}}',
        '{"type":"observation","data":{"observation":[["a",1]]}}',
        '{"type":"observation","data":{"observation":{},"reward":"much"}}',
        '{"type":"observation","data":{"observation":{},"done":"no"}}',
        '{"type":"observation","data":{"observation":{},"metadata":[]}}',
        '{"type":"state","data":null}',
        '{"type":"mcp","data":"text"}',
        '{"type":"error","data":"text"}',
        '{"type":"error","data":[["code",1]]}',
        '{"type":"step","data":{}}',
        '{"type":["state"],"data":{}}',
        '{"data":{}}',
        "[" * 100_000,
        b"{}",
        memoryview(b"{}"),
    ],
    ids=lambda message: repr(message[:60]),
)
def test_what_is_no_reply_is_a_protocol_error(message: Any):
    with pytest.raises(ProtocolError):
        v1.decode_reply(message, id=1)


def test_an_error_without_code_or_message_is_an_error_all_the_same():
    assert v1.decode_reply('{"type":"error","data":{}}', id=1) == Failure(CHANNEL, 1, "", "")


# Anything at all.

ENVELOPES = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["reset", "step", "state", "close", "mcp", "observation", "error"]) | JSON_VALUES,
        "data": JSON_VALUES | st.fixed_dictionaries({}, optional={"observation": JSON_VALUES, "reward": JSON_VALUES}),
        "x": JSON_VALUES,
    },
)
DEEP = st.integers(0, 3000).map(lambda depth: '{"type":"step","data":{"a":' + "[" * depth + "]" * depth + "}}")
MESSAGES = st.one_of(
    st.text(),
    st.binary(),
    ENVELOPES.map(json.dumps),
    ENVELOPES.map(lambda value: json.dumps(value, ensure_ascii=False)),
    st.text('{}[]":,.-+0123456789eE\\udtypstea nulltrefasNI\n'),
    DEEP,
)


@given(MESSAGES)
@example('{"type":"\\ud800"}')
@example('{"type":"\\ud800","\\udfff":"\\ud800"}')
@example('{"type":"state","\\ud800":1}')
@example('{"type":"state","data":{"a":NaN,"b":1e400}}')
@example('{"type":' + "[" * 900 + "]" * 900 + "}")
@example('{"type":"state","data":' + "[" * 900 + "]" * 900 + "}")
@example('{"type":"reset","data":{"a":' + "9" * 4000 + "}}")
def test_a_server_reads_a_request_or_raises_a_frame_error(message: Any):
    try:
        read = v1.decode_request(message, id=1)
    except FrameError as error:
        read = error.reply
    assert isinstance(read, Frame)
    assert getattr(read, "code", "INVALID_JSON") in ("INVALID_JSON", "UNKNOWN_TYPE", "VALIDATION_ERROR")


@given(MESSAGES)
@example('{"type":"state","data":' + "[" * 900 + "]" * 900 + "}")
@example('{"type":"error","data":{"code":"VALIDATION_ERROR","errors":[1]}}')
def test_a_client_reads_a_reply_or_raises_a_protocol_error(message: Any):
    try:
        reply = v1.decode_reply(message, id=1)
    except ProtocolError:
        return
    assert isinstance(reply, Frame)
    if isinstance(reply, Failure):
        assert isinstance(reply.error(), RuntimeError)
