"""The models of a client class: what its actions, observations and states are made from and into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_origin

from openenv.contract.adapters import ModelAdapter, adapter_of


@dataclass(frozen=True)
class ClientModels:
    """The adapters of a client class's three types."""

    action: ModelAdapter[Any]
    observation: ModelAdapter[Any]
    state: ModelAdapter[Any]

    @classmethod
    def of(cls, arguments: tuple[Any, ...] | None) -> ClientModels:
        """From the type arguments of the class; mappings where it has none."""
        action, observation, state = (adapter_of(_plain(argument)) for argument in arguments or (dict, dict, dict))
        return cls(action, observation, state)


def _plain(argument: Any) -> Any:
    """``dict[str, Any]`` and Any stand for mappings without a model."""
    return argument if isinstance(argument, type) and get_origin(argument) is None else dict
