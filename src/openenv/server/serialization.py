"""Observations and actions as the JSON-ready dicts that travel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from openenv.contract.adapters import adapter_of
from openenv.contract.transition import take_apart
from openenv.wire.frames import Result
from openenv.wire.v1 import result_data

A = TypeVar("A")


def serialize_observation(observation: Any) -> dict[str, Any]:
    """An observation as protocol v1 sends it: ``observation``, ``reward``, ``done``, and ``metadata`` where it has any.

    InvalidReward when its reward is neither None nor a finite number.
    """
    result = Result(0, 0, *take_apart(observation, source=type(observation).__name__))
    return result_data(result, flat=adapter_of(type(observation)).flat)


def deserialize_action(action_data: Mapping[str, Any], action_cls: type[A]) -> A:
    """An action from its fields. A pydantic model raises pydantic's ``ValidationError``, any other model ours."""
    if issubclass(action_cls, BaseModel):
        return action_cls.model_validate(action_data)
    return adapter_of(action_cls).validate(action_data)
