"""The errors themselves, apart from who raises them."""

import copy
import pickle

import pytest

from openenv import errors


def every_error() -> list[errors.OpenEnvError]:
    return [
        errors.OpenEnvError("text"),
        errors.ServerError("text"),
        errors.ValidationError("text", [{"loc": ["field"], "msg": "wrong"}]),
        errors.ExecutionError("text", "ValueError"),
        errors.EnvironmentFactoryError("factory", "text"),
        errors.CapacityError(1, 2, "text"),
        errors.SessionCrashed("text", "SIGSEGV", None),
        errors.SessionLost("text"),
        errors.DeadlineExceeded("step", timeout_s=2),
        errors.MessageTooLarge(5, max_size=3),
        errors.MissingExtra("a thing", extra="server"),
        errors.from_wire("UNHEARD_OF", "text", {}),
    ]


@pytest.mark.parametrize("error", every_error(), ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("passed_on", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy, copy.deepcopy])
def test_an_error_is_the_same_in_another_process(error, passed_on):
    arrived = passed_on(error)
    assert (type(arrived), str(arrived), vars(arrived)) == (type(error), str(error), vars(error))


def test_what_a_server_answered_what_the_connection_did_and_a_deadline_are_built_in_errors():
    assert issubclass(errors.ServerError, RuntimeError)
    assert issubclass(errors.ConnectionFailed, ConnectionError)
    assert issubclass(errors.DeadlineExceeded, TimeoutError)
    assert issubclass(errors.SessionCrashed, (RuntimeError, ConnectionError))
