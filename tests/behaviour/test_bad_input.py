"""Bad input from a raw peer: an error that says what is wrong, in the protocol that was agreed on, and life goes on."""

import json

import msgspec
import pytest
from websockets.exceptions import ConnectionClosedOK
from websockets.sync.client import connect

from tests.behaviour.colours import BOUND_S

RESET, STEP, STATE, CLOSE, OPEN = 2, 3, 4, 5, 1
OPENED, RESULT, STATE_REPLY, CLOSED, FAILURE = 65, 66, 67, 68, 69
GOOD_STEP = '{"type":"step","data":{"by":1}}'


class RawV1:
    """A peer that speaks v1 by hand."""

    def __init__(self, connection):
        self.connection = connection

    def ask(self, message):
        self.connection.send(message)
        return json.loads(self.connection.recv(BOUND_S))

    def error(self, message):
        answer = self.ask(message)
        assert answer["type"] == "error", answer
        return answer["data"]


class RawV2:
    """A peer that speaks v2 by hand."""

    def __init__(self, connection):
        self.connection = connection

    def ask(self, frame):
        self.connection.send(frame if isinstance(frame, str | bytes) else msgspec.msgpack.encode(frame))
        return msgspec.msgpack.decode(self.connection.recv(BOUND_S))


def websocket(served, path):
    return served.url.replace("http", "ws") + path


@pytest.fixture(params=["thread", "process"])
def v1(served, request):
    with connect(websocket(served, f"/{request.param}/Walk/ws"), compression=None) as connection:
        yield RawV1(connection)


@pytest.fixture
def v2(served):
    url = websocket(served, "/thread/Walk/ws")
    with connect(url, subprotocols=["openenv.v2"], compression=None) as connection:
        peer = RawV2(connection)
        assert peer.ask([OPEN, 7, 1, None])[:3] == [OPENED, 7, 1]
        yield peer


@pytest.mark.parametrize(
    "message",
    [
        "{bad",
        "",
        "[1]",
        '"reset"',
        "5",
        "null",
        b"\x93\x02\x00\x01",
        GOOD_STEP.encode(),
        "[" * 100_000,
        '{"type":"step","data":{"by":\ud800}}'.encode("utf-8", "surrogatepass").decode("latin-1"),
    ],
    ids=["no JSON", "empty", "list", "string", "number", "null", "binary", "JSON as binary", "deep", "mojibake"],
)
def test_what_is_no_json_object_is_invalid_json(v1, message):
    assert v1.error(message)["code"] == "INVALID_JSON"
    assert v1.ask(GOOD_STEP)["data"]["observation"]["position"] == 1


@pytest.mark.parametrize(
    "message",
    ['{"type":"dance"}', '{"data":{}}', '{"type":5}', '{"type":null}', '{"type":["reset"]}', '{"type":{}}', "{}"],
)
def test_a_type_that_is_missing_no_string_or_unknown_is_unknown(v1, message):
    assert v1.error(message)["code"] == "UNKNOWN_TYPE"
    assert v1.ask(GOOD_STEP)["data"]["observation"]["position"] == 1


@pytest.mark.parametrize(
    ("message", "place", "kind"),
    [
        ('{"type":"step"}', ["data"], "missing"),
        ('{"type":"step","data":[1]}', ["data"], "dict_type"),
        ('{"type":"step","data":null}', ["data"], "dict_type"),
        ('{"type":"reset","data":[1]}', ["data"], "dict_type"),
        ('{"type":"step","data":{"by":1},"x":1}', ["x"], "extra_forbidden"),
        ('{"type":"state","x":1}', ["x"], "extra_forbidden"),
        ('{"type":"step","data":{"by":1,"y":2}}', ["y"], "extra_forbidden"),
        ('{"type":"step","data":{}}', ["by"], "missing"),
        ('{"type":"step","data":{"by":"far"}}', ["by"], "int_parsing"),
        ('{"type":"step","data":{"by":101}}', ["by"], "value_error"),
        ('{"type":"step","data":{"by":1e999}}', ["by"], "finite_number"),
    ],
)
def test_fields_that_are_missing_unknown_or_wrong_are_validation_errors(v1, message, place, kind):
    error = v1.error(message)
    assert error["code"] == "VALIDATION_ERROR"
    assert (kind, place) in [(found["type"], found["loc"]) for found in error["errors"]]
    assert v1.ask(GOOD_STEP)["data"]["observation"]["position"] == 1


def test_a_number_that_no_machine_integer_holds_is_an_error_and_the_session_lives_on(v1):
    assert v1.error('{"type":"step","data":{"by":' + "9" * 30 + "}}")["code"] == "VALIDATION_ERROR"
    assert v1.ask(GOOD_STEP)["data"]["observation"]["position"] == 1


def test_a_reset_option_of_the_wrong_type_is_an_error_and_the_session_lives_on(v1):
    assert v1.error('{"type":"reset","data":{"seed":"x"}}')["code"] in ("EXECUTION_ERROR", "VALIDATION_ERROR")
    assert v1.ask(GOOD_STEP)["data"]["observation"]["position"] == 1


def test_tools_are_refused_as_json_rpc(v1):
    answer = v1.ask('{"type":"mcp","data":{"jsonrpc":"2.0","id":3,"method":"tools/list"}}')
    assert (answer["type"], answer["data"]["id"], answer["data"]["error"]["code"]) == ("mcp", 3, -32603)


def test_close_is_answered_by_the_end_of_the_connection(v1):
    v1.connection.send('{"type":"close"}')
    with pytest.raises(ConnectionClosedOK) as raised:
        v1.connection.recv(BOUND_S)
    assert raised.value.rcvd.code == 1000


def test_requests_that_are_sent_together_are_answered_in_their_order(v1):
    for by in (1, 2, 3):
        v1.connection.send(json.dumps({"type": "step", "data": {"by": by}}))
    positions = [json.loads(v1.connection.recv(BOUND_S))["data"]["observation"]["position"] for _ in range(3)]
    assert positions == [1, 3, 6]


@pytest.mark.parametrize(
    ("path", "code"),
    [("/thread/Walk/ws?session_id=nobody", "SESSION_ERROR"), ("/thread/Stillborn/ws", "FACTORY_ERROR")],
)
def test_a_session_that_cannot_be_is_one_error_and_the_end_of_the_connection(served, path, code):
    with connect(websocket(served, path), compression=None) as connection:
        assert json.loads(connection.recv(BOUND_S))["data"]["code"] == code
        with pytest.raises(ConnectionClosedOK) as raised:
            connection.recv(BOUND_S)
    assert raised.value.rcvd.code == 1000


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        ("text", [FAILURE, 0, 0, "INVALID_JSON"]),
        (b"", [FAILURE, 0, 0, "INVALID_JSON"]),
        (b"\xc1", [FAILURE, 0, 0, "INVALID_JSON"]),
        ({"type": "step"}, [FAILURE, 0, 0, "INVALID_JSON"]),
        ([STEP], [FAILURE, 0, 0, "INVALID_JSON"]),
        (["step", 7, 2, {"by": 1}], [FAILURE, 0, 0, "INVALID_JSON"]),
        ([99, 7, 2], [FAILURE, 7, 2, "UNKNOWN_TYPE"]),
        ([STEP, 7, 2], [FAILURE, 7, 2, "INVALID_JSON"]),
        ([STEP, 7, 2, [1]], [FAILURE, 7, 2, "INVALID_JSON"]),
        ([STEP, 7, 2, {"by": "far"}], [FAILURE, 7, 2, "VALIDATION_ERROR"]),
        ([STEP, 7, 2, {"by": 101}], [FAILURE, 7, 2, "VALIDATION_ERROR"]),
        ([STEP, 8, 2, {"by": 1}], [FAILURE, 8, 2, "SESSION_ERROR"]),
        ([OPEN, 7, 2, None], [FAILURE, 7, 2, "SESSION_ERROR"]),
        ([OPEN, 8, 2, "nobody"], [FAILURE, 8, 2, "SESSION_ERROR"]),
        ([STEP, 7, 2, {"by": msgspec.msgpack.Ext(1, b"junk")}], [FAILURE, 7, 2, "INVALID_JSON"]),
        ([STEP, 7, 2, {"by": msgspec.msgpack.Ext(9, b"junk")}], [FAILURE, 7, 2, "INVALID_JSON"]),
    ],
    ids=str,
)
def test_a_bad_frame_is_answered_to_its_sender_and_the_session_lives_on(v2, frame, answer):
    assert v2.ask(frame)[:4] == answer
    assert v2.ask([STEP, 7, 3, {"by": 1}])[:3] == [RESULT, 7, 3]


def test_one_connection_carries_several_sessions(v2):
    assert v2.ask([OPEN, 8, 1, None])[:3] == [OPENED, 8, 1]
    first = v2.ask([STEP, 7, 2, {"by": 1}])
    second = v2.ask([STEP, 8, 2, {"by": 5}])
    assert [(frame[1], frame[3]["position"]) for frame in (first, second)] == [(7, 1), (8, 5)]


def test_a_closed_channel_is_no_session_and_may_be_opened_again(v2):
    assert v2.ask([CLOSE, 7, 2]) == [CLOSED, 7, 2]
    assert v2.ask([STATE, 7, 3])[:4] == [FAILURE, 7, 3, "SESSION_ERROR"]
    assert v2.ask([OPEN, 7, 4, None])[:3] == [OPENED, 7, 4]
    assert v2.ask([STATE, 7, 5])[:3] == [STATE_REPLY, 7, 5]


@pytest.mark.parametrize("host", ["thread", "process"])
@pytest.mark.parametrize("message", [None, '{"type":"reset"}', '{"type":"close"}'], ids=str)
def test_a_peer_that_hangs_up_at_once_leaves_nothing_at_the_server(served, host, message):
    with connect(websocket(served, f"/{host}/Ticker/ws"), compression=None) as connection:
        if message is not None:
            connection.send(message)
