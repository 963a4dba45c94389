"""Both sides of a connection, without a connection."""

import json
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openenv.errors import CapacityError, ExecutionError, ProtocolError, SessionCrashed, SessionError, ValidationError
from openenv.wire.exchange import (
    ClientExchangeV1,
    ClientExchangeV2,
    ServerExchangeV1,
    ServerExchangeV2,
    client_exchange,
    server_exchange,
)
from openenv.wire.frames import (
    SUBPROTOCOL,
    Answer,
    Cancel,
    Close,
    Closed,
    Failure,
    FrameError,
    GetState,
    McpReply,
    Open,
    Opened,
    Reset,
    Result,
    StateReply,
    Step,
)

BOTH = pytest.mark.parametrize("server", [ServerExchangeV1(), ServerExchangeV2()], ids=["v1", "v2"])


def read(server: ServerExchangeV1 | ServerExchangeV2, message: Any) -> Any:
    """A reply as a client reads it."""
    client: Any = ClientExchangeV2()
    if isinstance(server, ServerExchangeV1):
        client = ClientExchangeV1()
        client.expect(GetState(1, 1))
    return client.receive(message)


# Negotiation.


@pytest.mark.parametrize(("chosen", "client", "server"), [
    (SUBPROTOCOL, ClientExchangeV2, ServerExchangeV2),
    (None, ClientExchangeV1, ServerExchangeV1),
    ("something.else", ClientExchangeV1, ServerExchangeV1),
])  # fmt: skip
def test_the_subprotocol_chooses_the_exchange(chosen: str | None, client: type[Any], server: type[Any]):
    assert (type(client_exchange(chosen)), type(server_exchange(chosen))) == (client, server)


# Pairing replies with requests.


def test_v2_pairs_by_channel_and_id_in_any_order():
    client, server = ClientExchangeV2(), ServerExchangeV2()
    requests = [Step(1, 1, {"n": 1}), Step(1, 2, {"n": 2}), Step(2, 1, {"n": 3})]
    received = [server.receive(client.encode(request)) for request in requests]
    replies = [StateReply(request.channel, request.id, request.action) for request in reversed(received)]
    assert [client.receive(server.send(reply)) for reply in replies] == [
        StateReply(2, 1, {"n": 3}),
        StateReply(1, 2, {"n": 2}),
        StateReply(1, 1, {"n": 1}),
    ]


def test_v1_pairs_by_order():
    client, server = ClientExchangeV1(), ServerExchangeV1()
    received = []
    for id in (5, 6, 9):
        request = Step(1, id, {"n": id})
        client.expect(request)
        received.append(server.receive(client.encode(request)))
    replies = [server.send(StateReply(1, request.id, request.action)) for request in received]
    assert [client.receive(reply).id for reply in replies] == [5, 6, 9]


def test_a_late_reply_on_v1_cannot_answer_a_later_request():
    client = ClientExchangeV1()
    client.expect(Step(1, 1, {}))  # nobody waits for its reply any more
    client.expect(GetState(1, 2))
    late = client.receive('{"type":"observation","data":{"observation":{}}}')
    reply = client.receive('{"type":"state","data":{}}')
    assert (late.id, reply.id) == (1, 2)


def test_a_reply_on_v1_that_cannot_be_read_is_counted():
    client = ClientExchangeV1()
    client.expect(Step(1, 1, {}))
    client.expect(GetState(1, 2))
    with pytest.raises(ProtocolError):
        client.receive("no reply")
    assert client.receive('{"type":"state","data":{}}').id == 2


def test_an_error_on_v1_answers_the_oldest_request():
    client = ClientExchangeV1()
    client.expect(Step(1, 7, {}))
    assert client.receive('{"type":"error","data":{"message":"m","code":"EXECUTION_ERROR"}}').id == 7


def test_an_error_on_v1_that_answers_no_request_has_id_zero():
    reply = ClientExchangeV1().receive('{"type":"error","data":{"message":"m","code":"SESSION_ERROR"}}')
    assert reply.id == 0


def test_any_other_reply_on_v1_that_answers_no_request_is_a_protocol_error():
    with pytest.raises(ProtocolError, match="nobody asked for"):
        ClientExchangeV1().receive('{"type":"state","data":{}}')


@pytest.mark.parametrize(
    ("request_", "on_v1", "on_v2"),
    [
        (Open(1, 1), False, True),
        (Reset(1, 1), True, True),
        (Step(1, 1, {}), True, True),
        (GetState(1, 1), True, True),
        (Close(1, 1), False, True),
        (Cancel(1, 1), False, False),
    ],
    ids=repr,
)
def test_each_protocol_knows_what_it_answers(request_: Any, on_v1: bool, on_v2: bool):
    assert (ClientExchangeV1().expect(request_), ClientExchangeV2().expect(request_)) == (on_v1, on_v2)


def test_only_v1_counts_replies():
    assert (ClientExchangeV1().counts_replies, ClientExchangeV2().counts_replies) == (True, False)


@pytest.mark.parametrize("request_", [Open(1, 1), Cancel(1, 1)], ids=repr)
def test_v1_has_no_message_for_opening_and_cancelling(request_: Any):
    assert ClientExchangeV1().encode(request_) is None


@pytest.mark.parametrize("reply", [Opened(1, 1, "id"), Closed(1, 1)], ids=repr)
def test_v1_has_no_message_for_opened_and_closed(reply: Any):
    assert ServerExchangeV1().send(reply) is None


def test_requests_on_v1_are_numbered_as_they_come_also_broken_ones():
    server = ServerExchangeV1()
    assert server.receive('{"type":"state"}').id == 1
    with pytest.raises(FrameError):
        server.receive("broken")
    assert server.receive('{"type":"state"}').id == 3


# The end of a connection.


@pytest.mark.parametrize(
    ("reply", "ends_v1"),
    [
        (Closed(1, 1), True),
        (Failure.of(SessionError("gone")), True),
        (Failure.of(CapacityError(1, 1)), True),
        (Failure.of(SessionCrashed("gone")), True),
        (Failure.of(ExecutionError("kaboom")), False),
        (Failure.of(ValidationError()), False),
        (Failure(1, 1, "LATER", "a code of a later version"), False),
        (Result(1, 1, {}, None, True), False),
    ],
    ids=repr,
)
def test_a_connection_of_v1_ends_with_its_session_and_one_of_v2_does_not(reply: Any, ends_v1: bool):
    assert (ServerExchangeV1().ends_with(reply), ServerExchangeV2().ends_with(reply)) == (ends_v1, False)


# What cannot be sent.

DEEP: Any = []
for _ in range(2000):
    DEEP = [DEEP]
CIRCLE: list[Any] = []
CIRCLE.append(CIRCLE)

UNSENDABLE = {
    "object": object(),
    "surrogate": "\ud800",
    "object array": np.array([{}]),
    "records": np.zeros(1, [("a", "i4")]),
    "deep": DEEP,
    "circle": CIRCLE,
    "function": len,
}


@BOTH
@pytest.mark.parametrize("value", UNSENDABLE.values(), ids=UNSENDABLE)
@pytest.mark.parametrize("kind", [Result, StateReply, McpReply])
def test_a_reply_that_cannot_be_sent_is_an_execution_error_instead(server: Any, value: Any, kind: Any):
    reply = read(server, server.send(kind(1, 1, {"a": value})))
    assert (reply.code, reply.id) == ("EXECUTION_ERROR", 1)
    assert reply.message.startswith("the environment's answer cannot be sent: ")


def test_an_integer_beyond_64_bits_cannot_be_sent_on_v2():
    server = ServerExchangeV2()
    reply = server.send(Answer(1, 1, 2**64))
    assert read(server, reply).code == "EXECUTION_ERROR"


def test_an_array_for_which_there_is_no_room_cannot_be_sent_on_v2():
    """More than any memory holds: all elements are the same one."""
    endless = np.lib.stride_tricks.as_strided(np.zeros(1, np.uint8), (2**20, 2**20, 2**10), (0, 0, 0))
    server = ServerExchangeV2()
    reply = read(server, server.send(Result(1, 1, {"endless": endless})))
    assert (reply.code, reply.details) == ("EXECUTION_ERROR", {"exception_type": "MemoryError"})


def test_bytes_that_are_no_text_cannot_be_sent_on_v1():
    server = ServerExchangeV1()
    assert read(server, server.send(Result(1, 1, {"raw": b"\xff"}))).code == "EXECUTION_ERROR"


@BOTH
def test_an_error_whose_text_cannot_be_sent_keeps_its_code_and_is_escaped(server: Any):
    reply = read(server, server.send(Failure.of(ExecutionError("no file '\udcff'", "OSError"), channel=1, id=1)))
    assert (reply.code, reply.message) == ("EXECUTION_ERROR", "no file '\\udcff'")


@BOTH
def test_an_error_whose_details_cannot_be_sent_keeps_code_and_text(server: Any):
    error = ValidationError(errors=[{"loc": ["a"], "input": object()}])
    reply = read(server, server.send(Failure.of(error, channel=1, id=1)))
    assert (reply.code, reply.message, reply.details) == ("VALIDATION_ERROR", "Invalid message", {})


ANY_TEXT = st.text(st.characters())  # with the halves of pairs that UTF-8 does not have
ODD = st.recursive(
    st.none() | st.integers() | st.floats() | ANY_TEXT | st.binary() | st.builds(object) | st.complex_numbers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(ANY_TEXT | st.integers() | st.tuples(st.integers()), inner, max_size=3)
    ),
)


@given(st.dictionaries(ANY_TEXT, ODD, max_size=3))
def test_whatever_an_environment_returns_there_is_a_message_for_it(observation: dict[str, Any]):
    text = ServerExchangeV1().send(Result(0, 1, observation))
    assert json.loads(text)["type"] in ("observation", "error")
    frame = msgspec.msgpack.decode(ServerExchangeV2().send(Result(1, 1, observation)))
    assert frame[0] in (66, 69)
