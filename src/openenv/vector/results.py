"""``BatchResult``: what ``reset``, ``step`` and ``recv`` of a vector return."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Generic, TypeVar

import msgspec

from openenv.contract.arrays import load_numpy
from openenv.contract.results import StepResult
from openenv.contract.transition import metadata_of
from openenv.errors import OpenEnvError
from openenv.wire.batches import stacked
from openenv.wire.frames import Result

O = TypeVar("O")  # noqa: E741

_NUMBERS = (bool, int, float)


class Element(msgspec.Struct, gc=False):
    """What came of one environment."""

    env_id: int
    result: Result
    """What is seen of it now; where there is an error, that is the last that was seen."""
    told: Result
    """Where reward, done and truncated are."""
    error: OpenEnvError | None = None
    final: Result | None = None
    """The end of the episode before, where the next one has begun in the same step."""
    has_no_session: bool = False
    """And could not get one."""

    def followed_by(self, begun: Element) -> Element:
        """With the episode that begins in the same step as this one has ended."""
        return Element(
            self.env_id, begun.result, self.told, self.error or begun.error, self.result, begun.has_no_session
        )


class BatchResult(Generic[O]):
    """The transitions of ``len(self)`` environments, as columns; iterating gives a ``StepResult`` for each.

    ``env_ids`` says which (int64), and all else is in that order. ``rewards`` is float64, with 0.0 where there is
    none; ``terminated`` and ``truncated`` are bool (all of shape ``(n,)``). The names and meanings are Gymnasium's.

    ``errors`` has the error of each environment that failed, by its id. Such a one has no reward: it is shown with the
    last observation that there was. It is ``truncated`` where its session is lost, with its episode; else the session
    lives on, and may be asked again.
    """

    def __init__(self, elements: Sequence[Element], to_result: Callable[[Result], StepResult[O]]) -> None:
        np = load_numpy()
        self._elements = elements
        self._to_result = to_result
        told = [element.told for element in elements]
        self.env_ids = np.array([element.env_id for element in elements], np.int64)
        self.rewards = np.array([0.0 if one.reward is None else one.reward for one in told], np.float64)
        self.truncated = np.array([one.truncated for one in told], np.bool_)
        self.terminated = np.array([one.done and not one.truncated for one in told], np.bool_)
        self.errors = {element.env_id: element.error for element in elements if element.error is not None}

    @cached_property
    def observations(self) -> dict[str, Any]:
        """The fields of the observations, each a column: an array of shape ``(n, ...)`` where all are numbers, or
        arrays of one dtype and shape; else a list. None where an observation lacks the field."""
        rows = [element.result.observation for element in self._elements]
        names = dict.fromkeys(name for row in rows for name in row if name != "metadata")
        return {name: _column([row.get(name) for row in rows]) for name in names}

    @cached_property
    def infos(self) -> dict[str, Any]:
        """The metadata, as Gymnasium's vector environments give them: an array for each key, and under ``_key`` which
        environments have it. ``error`` holds errors; ``final_obs`` (the observation) and ``final_info`` belong to an
        episode that ended in the same step in which the next one began."""
        return _gathered([self._info(element) for element in self._elements])

    def __len__(self) -> int:
        return len(self._elements)

    def __getitem__(self, place: int) -> StepResult[O]:
        element = self._elements[place]
        if element.told is element.result:
            return self._to_result(element.result)
        told = element.told
        result = self._to_result(Result(0, 0, element.result.observation, told.reward, told.done, told.truncated))
        return replace(result, metadata=self._info(element))

    def __iter__(self) -> Iterator[StepResult[O]]:
        return (self[place] for place in range(len(self)))

    def __repr__(self) -> str:
        ended = int(self.terminated.sum()), int(self.truncated.sum())
        failed = f", {len(self.errors)} with an error" if self.errors else ""
        return f"<{type(self).__name__} of {len(self)}: {ended[0]} terminated, {ended[1]} truncated{failed}>"

    def _info(self, element: Element) -> dict[str, Any]:
        is_old = element.error is not None and element.final is None
        info = {} if is_old else dict(metadata_of(element.result.observation))
        if element.error is not None:
            info["error"] = element.error
        if element.final is not None:
            info["final_obs"] = self._to_result(element.final).observation
            info["final_info"] = metadata_of(element.final.observation)
        return info


def _column(values: list[Any]) -> Any:
    kind = type(values[0])
    if kind in _NUMBERS and all(type(value) is kind for value in values):
        return load_numpy().array(values)
    return stacked(values)


def _gathered(infos: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Columns, each with its mask (Gymnasium, ``VectorEnv._add_info``)."""
    np = load_numpy()
    gathered: dict[str, Any] = {}
    for name in dict.fromkeys(name for info in infos for name in info):
        has = np.array([name in info for info in infos], np.bool_)
        values = [info[name] for info in infos if name in info]
        if all(isinstance(value, Mapping) for value in values):
            gathered[name] = _gathered([info.get(name, {}) for info in infos])
        else:
            column = _column(values)
            if not isinstance(column, np.ndarray):
                column = np.fromiter(values, dtype=object, count=len(values))
            gathered[name] = np.zeros((len(infos), *column.shape[1:]), column.dtype)
            if column.dtype == object:
                gathered[name][:] = None
            gathered[name][has] = column
        gathered[f"_{name}"] = has
    return gathered
