"""The three models of an environment: what the agent does, what it sees, and what the environment is."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Action(BaseModel):
    """What the agent does in one step. Subclasses add fields; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True, arbitrary_types_allowed=True)

    metadata: dict[str, Any] = Field(default_factory=dict)


class Observation(BaseModel):
    """What the agent sees after ``reset`` or ``step``. Subclasses add fields; unknown ones are refused.

    ``done`` ends the episode. ``truncated`` says that it ended for a reason outside the task (a time limit), so that
    its last state is not terminal (Gymnasium's term). ``reward`` is a finite number, or None where there is none.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True, arbitrary_types_allowed=True)

    done: bool = False
    truncated: bool = False
    reward: float | int | bool | None = None  # pydantic tries them in this order, and keeps what fits exactly
    metadata: dict[str, Any] = Field(default_factory=dict)


class State(BaseModel):
    """Where the environment is in its episode. Subclasses add fields; further ones are kept."""

    model_config = ConfigDict(extra="allow", validate_assignment=True, arbitrary_types_allowed=True)

    episode_id: str | None = None
    step_count: int = Field(default=0, ge=0)


class EnvironmentMetadata(BaseModel):
    """What a server says about its environment at ``GET /metadata``."""

    model_config = ConfigDict(extra="forbid")

    name: str
    description: str
    readme_content: str | None = None
    version: str | None = None
    author: str | None = None
    documentation_url: str | None = None
