"""Which HTTP status each error has."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from openenv import create_app
from openenv.errors import (
    CapacityError,
    DeadlineExceeded,
    EnvironmentFactoryError,
    ExecutionError,
    InvalidMessage,
    InvalidReward,
    InvalidTaskIndex,
    ServerDraining,
    ServerError,
    SessionCrashed,
    SessionError,
    UnknownMessageType,
    UnsupportedOperation,
    ValidationError,
)
from tests.server.environments import Counter

ANSWERS = {
    InvalidMessage("m"): (400, {"detail": "m", "code": "INVALID_JSON"}),
    UnknownMessageType("m"): (400, {"detail": "m", "code": "UNKNOWN_TYPE"}),
    ValidationError(errors=[{"msg": "m"}]): (422, {"detail": [{"msg": "m"}]}),
    ExecutionError("m", "KeyError"): (500, {"detail": "m", "code": "EXECUTION_ERROR"}),
    InvalidReward("m"): (500, {"detail": "m", "code": "INVALID_REWARD"}),
    EnvironmentFactoryError("f", "m"): (500, {"detail": "m", "code": "FACTORY_ERROR"}),
    CapacityError(2, 2, "m"): (503, {"detail": "m", "code": "CAPACITY_REACHED"}),
    ServerDraining("m"): (503, {"detail": "m", "code": "SERVER_DRAINING"}),
    DeadlineExceeded("step", timeout_s=1, message="m"): (504, {"detail": "m", "code": "DEADLINE_EXCEEDED"}),
    UnsupportedOperation("m"): (501, {"detail": "m"}),
    InvalidTaskIndex("m"): (400, {"detail": "m"}),
    SessionError("m"): (404, {"detail": "m", "code": "SESSION_ERROR"}),
    SessionCrashed("m"): (410, {"detail": "m", "code": "SESSION_CRASHED"}),
    ServerError("m"): (500, {"detail": "m", "code": "SERVER_ERROR"}),
}


def raising(error: ServerError) -> FastAPI:
    """An application with a route of its own that raises the library's error."""
    app = create_app(Counter)

    @app.get("/raise")
    async def raise_it() -> None:
        raise error

    return app


@pytest.mark.parametrize("error", ANSWERS, ids=lambda error: type(error).__name__)
def test_each_error_has_its_status(error):
    response = TestClient(raising(error)).get("/raise")
    assert (response.status_code, response.json()) == ANSWERS[error]


def test_no_error_of_a_server_is_forgotten():
    kinds = {ServerError}
    while (more := kinds | {child for kind in kinds for child in kind.__subclasses__()}) != kinds:
        kinds = more
    assert {kind for kind in kinds if kind.__module__ == "openenv.errors"} == {type(error) for error in ANSWERS}


def test_a_text_that_utf_8_does_not_have_is_answered_escaped():
    response = TestClient(raising(SessionError("\udcff"))).get("/raise")
    assert response.json()["detail"] == "\\udcff"
