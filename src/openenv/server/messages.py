"""Messages: the bodies of HTTP requests and responses, and the words that they use."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator


class BaseMessage(BaseModel):
    """A message with exactly these fields; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class ServerMode(StrEnum):
    """Whether clients may run episodes: in production an environment offers its tools, and no reset, step and state."""

    SIMULATION = "simulation"
    PRODUCTION = "production"

    @classmethod
    def _missing_(cls, value: object) -> ServerMode | None:
        """Upper and lower case mean the same."""
        return next((mode for mode in cls if isinstance(value, str) and mode.value == value.lower()), None)


class HealthStatus(StrEnum):
    """How a server is."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    DEGRADED = "degraded"


class Readiness(StrEnum):
    """Whether one more session would begin at once."""

    READY = "ready"
    FULL = "full"
    DRAINING = "draining"


class WSErrorCode(StrEnum):
    """The error codes of protocol v1."""

    INVALID_JSON = "INVALID_JSON"
    UNKNOWN_TYPE = "UNKNOWN_TYPE"
    VALIDATION_ERROR = "VALIDATION_ERROR"
    EXECUTION_ERROR = "EXECUTION_ERROR"
    CAPACITY_REACHED = "CAPACITY_REACHED"
    FACTORY_ERROR = "FACTORY_ERROR"
    SESSION_ERROR = "SESSION_ERROR"


class ResetRequest(BaseModel):
    """``POST /reset``. Further keys are arguments of the environment's ``reset`` too."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [{}, {"seed": 7, "episode_id": "first"}]})

    seed: int | None = Field(default=None, ge=0, description="The same seed gives the same episode")
    episode_id: str | None = Field(default=None, max_length=255, description="What to call the episode")


class StepRequest(BaseModel):
    """``POST /step``."""

    model_config = ConfigDict(extra="allow")

    action: dict[str, Any] = Field(description="The action's fields")
    timeout_s: float | None = Field(default=None, gt=0, description="Seconds that the environment is granted")
    request_id: str | None = Field(default=None, max_length=255, description="For the caller's own records")


class ResetResponse(BaseMessage):
    """What ``reset`` returned. ``metadata`` repeats the observation's where that is not empty."""

    observation: dict[str, Any] = Field(description="The observation's fields without reward and done")
    reward: bool | int | float | None = Field(default=None, description="Null where there is none")
    done: bool = Field(default=False, description="The episode has ended")
    metadata: dict[str, Any] | None = Field(default=None, description="What the environment says beside it")


class StepResponse(ResetResponse):
    """What ``step`` returned."""


class CloseResponse(BaseMessage):
    """``POST /close`` ended the session."""

    status: str = "closed"


class SchemaResponse(BaseMessage):
    """The JSON schemas of an environment's models."""

    action: dict[str, Any]
    observation: dict[str, Any]
    state: dict[str, Any]
    reset_observation: dict[str, Any] | None = Field(default=None, description="What reset returns")


class HealthResponse(BaseMessage):
    """``GET /health``."""

    status: HealthStatus = HealthStatus.HEALTHY


class SessionInfo(BaseMessage):
    """One living session. Times are seconds since the epoch."""

    session_id: str
    created_at: float
    last_activity_at: float
    step_count: int = Field(default=0, ge=0)
    environment_type: str


class ServerCapacityStatus(BaseMessage):
    """How many sessions there are, and how many there may be."""

    active_sessions: int = Field(ge=0)
    max_sessions: int = Field(ge=1)

    @model_validator(mode="after")
    def _fits(self) -> ServerCapacityStatus:
        if self.active_sessions > self.max_sessions:
            raise ValueError(f"{self.active_sessions} sessions are more than the {self.max_sessions} that there may be")
        return self

    @classmethod
    def from_counts(cls, active: int, max_sessions: int) -> ServerCapacityStatus:
        """From the two numbers."""
        return cls(active_sessions=active, max_sessions=max_sessions)

    @property
    def available_slots(self) -> int:
        """How many more sessions there may be."""
        return self.max_sessions - self.active_sessions

    @property
    def is_at_capacity(self) -> bool:
        """There may be no more sessions."""
        return self.available_slots == 0


class ReadyResponse(BaseMessage):
    """``GET /ready``; all but ``ready`` have the HTTP status 503."""

    status: Readiness


class CapacityResponse(BaseMessage):
    """``GET /capacity``. ``host`` is where sessions run: inline, thread or process."""

    active_sessions: int
    max_sessions: int
    waiting_clients: int
    max_waiting_clients: int
    host: str


class ConcurrencyConfig(BaseMessage):
    """The limits on sessions. ``session_timeout`` is the time in seconds after which a session that was opened over
    HTTP and that nobody uses is closed; None leaves the server's own limit."""

    max_concurrent_envs: int = Field(default=1, ge=1)
    session_timeout: float | None = Field(default=None, gt=0)


class CodeExecResult(BaseMessage):
    """What running a piece of code printed, and its exit code."""

    stdout: str
    stderr: str
    exit_code: int


class ListTasksRequest(BaseMessage):
    """``POST /{env}/tasks``."""

    split: str


class NumTasksRequest(BaseMessage):
    """``POST /{env}/num_tasks``."""

    split: str


class GetTaskRequest(BaseMessage):
    """``POST /{env}/task``; ``index`` counts from 0 within the split."""

    split: str
    index: int


class GetTaskRangeRequest(BaseMessage):
    """``POST /{env}/task_range``: from ``start`` up to and without ``stop``."""

    split: str
    start: int | None = None
    stop: int | None = None
