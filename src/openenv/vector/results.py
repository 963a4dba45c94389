"""``BatchResult``: what ``reset``, ``step`` and ``recv`` of a vector return."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Generic, TypeVar

import msgspec

from openenv.contract.arrays import is_array, load_numpy
from openenv.contract.results import StepResult
from openenv.contract.transition import metadata_of
from openenv.errors import OpenEnvError
from openenv.vector.messages import Seen
from openenv.wire.batches import Row, stacked
from openenv.wire.frames import Result

O = TypeVar("O")  # noqa: E741

_NUMBERS = (bool, int, float)


class Element(msgspec.Struct, gc=False):
    """What came of one environment."""

    env_id: int
    result: Seen
    """What is seen of it now; where there is an error, that is the last that was seen."""
    told: Seen
    """Where reward, done and truncated are."""
    error: OpenEnvError | None = None
    final: Seen | None = None
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
        columns = _columns_of([element.result for element in self._elements])
        return {name: _column(values) for name, values in columns.items() if name != "metadata"}

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
        result = self._result(element.result.observation, element.told)
        return result if element.told is element.result else replace(result, metadata=self._info(element))

    def __iter__(self) -> Iterator[StepResult[O]]:
        return (self[place] for place in range(len(self)))

    def __repr__(self) -> str:
        ended = int(self.terminated.sum()), int(self.truncated.sum())
        failed = f", {len(self.errors)} with an error" if self.errors else ""
        return f"<{type(self).__name__} of {len(self)}: {ended[0]} terminated, {ended[1]} truncated{failed}>"

    def _result(self, observation: dict[str, Any], told: Seen) -> StepResult[O]:
        return self._to_result(Result(0, 0, observation, told.reward, told.done, told.truncated))

    def _info(self, element: Element) -> dict[str, Any]:
        is_old = element.error is not None and element.final is None
        info = {} if is_old else dict(metadata_of(element.result.observation))
        if element.error is not None:
            info["error"] = element.error
        if element.final is not None:
            info["final_obs"] = self._result(element.final.observation, element.final).observation
            info["final_info"] = metadata_of(element.final.observation)
        return info


def _columns_of(seen: Sequence[Seen]) -> dict[str, Any]:
    """The fields of the observations, each as an array or a list: what came as columns is taken out of these."""
    rows = seen[0].rows if isinstance(seen[0], Row) else None
    places = [one.place for one in seen if isinstance(one, Row) and one.rows is rows]
    if rows is not None and rows.columns is not None and len(places) == len(seen):
        is_whole = places == [*range(len(rows))]
        return {name: column.copy() if is_whole else _taken(column, places) for name, column in rows.columns.items()}
    each = [one.observation for one in seen]
    return {name: [one.get(name) for one in each] for name in dict.fromkeys(itertools.chain.from_iterable(each))}


def _taken(column: Any, places: list[int]) -> Any:
    """A copy of what is there."""
    return column[places] if is_array(column) else [column[place] for place in places]


def _column(values: Any) -> Any:
    if is_array(values):
        return values
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
