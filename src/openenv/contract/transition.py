"""Transitions: an observation taken apart into what its model says and what every environment says beside it, and put
together again."""

from __future__ import annotations

import sys
from math import isfinite
from typing import Any

import msgspec

from openenv.contract.adapters import ModelAdapter, adapter_of
from openenv.contract.caching import cached
from openenv.contract.plain import own_fields
from openenv.contract.results import StepResult
from openenv.errors import InvalidReward

_BESIDE = frozenset(("reward", "done", "truncated", "metadata"))


def take_apart(observation: Any, *, source: str) -> tuple[dict[str, Any], float | None, bool, bool]:
    """What ``source`` (an environment's method) returned, as a transition's fields without the metadata.

    TypeError when it is no model; InvalidReward when its reward is neither None nor a finite number.
    """
    try:
        adapter = _adapter_of_kind(type(observation))
    except TypeError as error:
        raise TypeError(f"{source} returned {type(observation).__name__}, not an observation: {error}") from error
    fields = adapter.dump(observation)
    reward = fields.pop("reward", None)
    if reward is not None and not (type(reward) is float and isfinite(reward)):
        reward = finite(reward, source)
    done = bool(fields.pop("done", False))
    flag = fields.get("truncated") if adapter.declares_truncated else fields.pop("truncated", False)
    if not flag and (metadata := fields.get("metadata")):
        flag = isinstance(metadata, dict) and metadata.get("truncated") is True
    return fields, reward, done, bool(flag)


def put_together(
    fields: dict[str, Any], reward: float | None, done: bool, truncated: bool, *, adapter: ModelAdapter[Any]
) -> StepResult[Any]:
    """The client's view of what ``take_apart`` gave, with the observation as a model, the same from every wire.
    ValidationError when it does not fit the model.

    Where the model has no field for ``truncated``, the metadata say it, which is protocol v1's place for it.
    """
    metadata = metadata_of(fields)
    if truncated and "truncated" not in fields:
        metadata = {**metadata, "truncated": True}
        if isinstance(fields.get("metadata", metadata), dict):
            fields = {**fields, "metadata": metadata}
    if adapter.model is dict:
        return StepResult(fields, reward, done, metadata, truncated)
    known = fields.copy()
    known["reward"], known["done"], known["truncated"] = reward, done, truncated
    if not adapter.field_names >= _BESIDE:
        for name in _BESIDE - adapter.field_names:
            known.pop(name, None)  # what the envelope says, and the model does not
    return StepResult(adapter.validate(known), reward, done, metadata, truncated)


class Whole(msgspec.Struct, frozen=True, gc=False):
    """A transition whose observation was not taken apart: for a client in the environment's own process."""

    observation: Any
    reward: float | None
    done: bool


def left_whole(observation: Any) -> Whole | None:
    """The transition, where its observation is plain and says nothing that belongs elsewhere; None for one that has to
    be taken apart."""
    own = own_fields(type(observation))
    fields = None if own is None else own(observation)
    if fields is None or fields.get("truncated", False) is not False:
        return None
    reward, done = fields.get("reward"), fields.get("done", False)
    if type(done) is not bool or not (reward is None or (type(reward) is float and isfinite(reward))):
        return None
    return Whole(observation, reward, done)


def handed_over(whole: Whole, *, adapter: ModelAdapter[Any]) -> StepResult[Any]:
    """The client's view: as if it had been taken apart and put together again. ValidationError as there."""
    observation = whole.observation
    if type(observation) is adapter.model:
        return StepResult(adapter.validate(observation.__dict__), whole.reward, whole.done, {}, False)
    return put_together(*take_apart(observation, source="the environment"), adapter=adapter)


def metadata_of(observation: dict[str, Any]) -> dict[str, Any]:
    """The observation's own metadata; an empty dict where it has none."""
    metadata = observation.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


@cached
def _adapter_of_kind(kind: type[Any]) -> ModelAdapter[Any]:
    if issubclass(kind, dict):
        raise TypeError("use a model")
    return adapter_of(kind)


def finite(reward: Any, source: str) -> float:
    """The reward that ``source`` gave. InvalidReward when it is no finite number."""
    if type(reward) is float and isfinite(reward):
        return reward
    if getattr(reward, "shape", None) == ():  # numpy's scalars, arrays of no dimension
        reward = reward.item()
    if isinstance(reward, (bool, int, float)) and -sys.float_info.max <= reward <= sys.float_info.max:
        return reward
    raise InvalidReward(f"{source} returned the reward {reward!r:.200}; a reward is None or a finite number")
