"""A transition: an observation taken apart into what its model says and what every environment says beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from openenv.contract.adapters import ModelAdapter, adapter_of, is_model
from openenv.contract.results import StepResult
from openenv.errors import InvalidReward

_BESIDE = ("reward", "done", "truncated")


@dataclass(frozen=True)
class Transition:
    """``observation`` holds the model's fields without reward and done, and with ``metadata`` where it has one.

    ``truncated`` stays in the observation only where the model itself declares it.
    """

    observation: dict[str, Any]
    reward: float | None = None
    done: bool = False
    truncated: bool = False
    metadata: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, observation: Any, *, source: str) -> Transition:
        """Take apart what ``source`` (an environment's method) returned.

        TypeError when it is no model; InvalidReward when its reward is neither None nor a finite number.
        """
        if not is_model(observation):
            raise TypeError(f"{source} returned {type(observation).__name__}, not an observation")
        adapter = adapter_of(type(observation))
        fields = adapter.dump(observation)
        beside = {name: fields.pop(name, None) for name in _BESIDE}
        if beside["truncated"] is not None and adapter.declares("truncated"):
            fields["truncated"] = beside["truncated"]
        metadata = fields.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        truncated = bool(beside["truncated"]) or metadata.get("truncated") is True
        return cls(fields, _finite(beside["reward"], source), bool(beside["done"]), truncated, metadata)

    def to_result(self, adapter: ModelAdapter[Any]) -> StepResult[Any]:
        """The client's view, with the observation as a model; ValidationError when it does not fit the model."""
        if adapter.model is dict:
            observation: Any = self.observation
        else:
            names = adapter.field_names
            fields = {name: getattr(self, name) for name in _BESIDE if name in names} | self.observation
            if "metadata" not in names:  # the envelope's, which v1 repeats there
                fields.pop("metadata", None)
            observation = adapter.validate(fields)
        return StepResult(observation, self.reward, self.done, self.metadata, self.truncated)


def _finite(reward: Any, source: str) -> float | None:
    if reward is None:
        return None
    reward = reward.item() if hasattr(reward, "item") else reward
    if isinstance(reward, (bool, int, float)) and math.isfinite(reward):
        return reward
    raise InvalidReward(f"{source} returned the reward {reward!r}; a reward is None or a finite number")
