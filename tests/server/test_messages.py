"""The bodies of requests and responses."""

import pytest
from pydantic import ValidationError

from openenv.server.messages import (
    CodeExecResult,
    ConcurrencyConfig,
    GetTaskRangeRequest,
    GetTaskRequest,
    HealthResponse,
    ListTasksRequest,
    NumTasksRequest,
    ResetRequest,
    ResetResponse,
    SchemaResponse,
    ServerCapacityStatus,
    ServerMode,
    SessionInfo,
    StepRequest,
    StepResponse,
    WSErrorCode,
)

FIELDS = {
    ResetRequest: {"seed": None, "episode_id": None},
    StepRequest: {"action": ..., "timeout_s": None, "request_id": None},
    ResetResponse: {"observation": ..., "reward": None, "done": False, "metadata": None},
    StepResponse: {"observation": ..., "reward": None, "done": False, "metadata": None},
    SchemaResponse: {"action": ..., "observation": ..., "state": ..., "reset_observation": None},
    HealthResponse: {"status": "healthy"},
    SessionInfo: {
        "session_id": ...,
        "created_at": ...,
        "last_activity_at": ...,
        "step_count": 0,
        "environment_type": ...,
    },
    ServerCapacityStatus: {"active_sessions": ..., "max_sessions": ...},
    ConcurrencyConfig: {"max_concurrent_envs": 1, "session_timeout": None},
    CodeExecResult: {"stdout": ..., "stderr": ..., "exit_code": ...},
    ListTasksRequest: {"split": ...},
    NumTasksRequest: {"split": ...},
    GetTaskRequest: {"split": ..., "index": ...},
    GetTaskRangeRequest: {"split": ..., "start": None, "stop": None},
}


@pytest.mark.parametrize("message", FIELDS, ids=lambda message: message.__name__)
def test_fields_and_defaults_are_the_reference_s(message):
    fields = message.model_fields.items()
    assert {name: ... if field.is_required() else field.default for name, field in fields} == FIELDS[message]


@pytest.mark.parametrize("message", [ResetRequest, StepRequest])
def test_requests_keep_further_keys(message):
    assert message.model_validate({"action": {}, "further": 1}).model_extra["further"] == 1


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        (ResetRequest, {"seed": -1}),
        (ResetRequest, {"episode_id": "e" * 256}),
        (StepRequest, {"action": {}, "timeout_s": 0}),
        (StepRequest, {"action": {}, "request_id": "r" * 256}),
        (ConcurrencyConfig, {"max_concurrent_envs": 0}),
        (ConcurrencyConfig, {"session_timeout": 0}),
        (ServerCapacityStatus, {"active_sessions": 2, "max_sessions": 1}),
        (HealthResponse, {"status": "poorly"}),
        (CodeExecResult, {"stdout": "", "stderr": "", "exit_code": 0, "further": 1}),
    ],
)
def test_values_out_of_range_are_refused(message, fields):
    with pytest.raises(ValidationError):
        message(**fields)


def test_a_reward_stays_what_it_is():
    assert [StepResponse(observation={}, reward=r).model_dump_json(include={"reward"}) for r in (True, 1, 1.5)] == [
        '{"reward":true}',
        '{"reward":1}',
        '{"reward":1.5}',
    ]


def test_the_capacity_says_what_is_left():
    some, none = ServerCapacityStatus.from_counts(1, 3), ServerCapacityStatus.from_counts(3, 3)
    assert [(status.available_slots, status.is_at_capacity) for status in (some, none)] == [(2, False), (0, True)]


def test_codes_are_the_seven_of_protocol_v1():
    assert {code.value for code in WSErrorCode} == {
        "INVALID_JSON",
        "UNKNOWN_TYPE",
        "VALIDATION_ERROR",
        "EXECUTION_ERROR",
        "CAPACITY_REACHED",
        "FACTORY_ERROR",
        "SESSION_ERROR",
    }


def test_a_mode_may_be_written_in_upper_case():
    assert ServerMode("Production") is ServerMode.PRODUCTION
