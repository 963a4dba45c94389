"""Frames as values: what they say of themselves, and how errors travel in them."""

from typing import Any

import pytest

from openenv.errors import (
    CapacityError,
    EnvironmentFactoryError,
    ExecutionError,
    InvalidMessage,
    InvalidReward,
    InvalidTaskIndex,
    ServerError,
    SessionCrashed,
    SessionError,
    SessionLost,
    UnknownMessageType,
    UnsupportedOperation,
    ValidationError,
)
from openenv.wire.frames import OPERATIONS, Failure, FrameError, Reply, Request

ERRORS = [
    InvalidMessage("no JSON"),
    UnknownMessageType("Unknown message type: foo"),
    ValidationError(errors=[{"type": "missing", "loc": ["by"], "msg": "Field required"}]),
    ExecutionError("kaboom", "RuntimeError"),
    ExecutionError(""),
    InvalidReward("Walk.step returned the reward nan"),
    EnvironmentFactoryError("Walk", "Walk could not be created: KeyError: 'map'"),
    CapacityError(4, 4),
    UnsupportedOperation("list_splits is not supported for this environment"),
    InvalidTaskIndex("Invalid task index"),
    SessionError("the session is closed"),
    SessionCrashed("the process of the session was ended by SIGSEGV", "SIGSEGV"),
    SessionCrashed("the process of the session ended with exit status 3", exit_status=3),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_the_client_raises_the_error_that_the_server_raised(error: ServerError):
    made = Failure.of(error, channel=1, id=2).error()
    assert (type(made), str(made), vars(made)) == (type(error), str(error), vars(error))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_what_a_server_answered_is_a_runtime_error(error: ServerError):
    assert isinstance(Failure.of(error).error(), RuntimeError)


def test_a_crash_is_also_a_loss():
    assert issubclass(SessionCrashed, (SessionLost, ConnectionError))


def test_a_code_that_the_client_does_not_know_is_kept():
    error = Failure(1, 2, "OUT_OF_TEA", "there is none left").error()
    assert (type(error), error.code, str(error)) == (ServerError, "OUT_OF_TEA", "OUT_OF_TEA: there is none left")


@pytest.mark.parametrize("code", [error.code for error in ERRORS])
@pytest.mark.parametrize(
    "details",
    [{"errors": 5}, {"errors": [1]}, {"errors": None}, {"unknown": 1}, {"active_sessions": "many"}, {"message": 1}],
    ids=str,
)
def test_details_of_another_shape_lose_no_error(code: str, details: dict[str, Any]):
    error = Failure(1, 2, code, "what happened", details).error()
    assert (error.code, error.message) == (code, "what happened")


def test_an_error_that_answers_no_request_has_channel_and_id_zero():
    assert FrameError(InvalidMessage("no frame")).reply == Failure(0, 0, "INVALID_JSON", "no frame", {})


def test_an_error_is_nobody_s_reply_unless_it_is_said_whose():
    assert Failure.of(SessionError("gone")) == Failure(0, 0, "SESSION_ERROR", "gone", {})


def test_every_request_has_a_word():
    assert set(OPERATIONS) == set(Request.__args__)


@pytest.mark.parametrize("kind", Request.__args__ + Reply.__args__)
def test_a_frame_does_not_change(kind: Any):
    frame = kind(1, 2, *[None] * (len(kind.__struct_fields__) - 2))
    with pytest.raises(AttributeError, match="immutable"):
        frame.id = 3
