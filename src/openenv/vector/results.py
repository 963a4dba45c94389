"""``BatchResult``: what ``reset``, ``step`` and ``recv`` of a vector return."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Generic, TypeVar

from openenv.contract.arrays import is_array, load_numpy, read_only
from openenv.contract.results import StepResult
from openenv.contract.transition import metadata_of
from openenv.vector.outcomes import Outcomes
from openenv.wire.batches import stacked
from openenv.wire.frames import Result

O = TypeVar("O")  # noqa: E741

_NUMBERS: list[set[type]] = [{bool}, {int}, {float}]


class BatchResult(Generic[O]):
    """The transitions of ``len(self)`` environments, as columns; iterating gives a ``StepResult`` for each.

    ``env_ids`` says which (int64), and all else is in that order. ``rewards`` is float64, with 0.0 where there is
    none; ``terminated`` and ``truncated`` are bool (all of shape ``(n,)``). The names and meanings are Gymnasium's.

    ``errors`` has the error of each environment that failed, by its id. Such a one has no reward: it is shown with the
    last observation that there was. It is ``truncated`` where its session is lost, with its episode; else the session
    lives on, and may be asked again.
    """

    def __init__(self, outcomes: Outcomes, to_result: Callable[[Result], StepResult[O]]) -> None:
        np = load_numpy()
        self._outcomes = outcomes
        self._to_result = to_result
        self.env_ids = np.array(outcomes.env_ids, np.int64)
        self.rewards = np.array([0.0 if reward is None else reward for reward in outcomes.rewards], np.float64)
        self.truncated = np.array(outcomes.truncated, np.bool_)
        self.terminated = np.array(outcomes.done, np.bool_) & ~self.truncated
        self.errors = {**outcomes.errors}

    @cached_property
    def observations(self) -> dict[str, Any]:
        """The fields of the observations, each a column: an array of shape ``(n, ...)`` where all are numbers, or
        arrays of one dtype and shape; else a list. None where an observation lacks the field. As those of a single
        observation, the arrays are read-only, and those that came as columns are not copied."""
        columns = _columns_of(self._outcomes)
        return {name: read_only(_column(values)) for name, values in columns.items() if name != "metadata"}

    @cached_property
    def infos(self) -> dict[str, Any]:
        """The metadata, as Gymnasium's vector environments give them: an array for each key, and under ``_key`` which
        environments have it. ``error`` holds errors; ``final_obs`` (the observation) and ``final_info`` belong to an
        episode that ended in the same step in which the next one began."""
        return _gathered([self._info(place) for place in range(len(self))])

    def __len__(self) -> int:
        return len(self._outcomes.env_ids)

    def __getitem__(self, place: int) -> StepResult[O]:
        outcomes, env_id = self._outcomes, self._outcomes.env_ids[place]
        told = outcomes.rewards[place], outcomes.done[place], outcomes.truncated[place]
        result = self._to_result(Result(0, 0, self._observation(place), *told))
        is_alone = env_id not in outcomes.errors and env_id not in outcomes.finals
        return result if is_alone else replace(result, metadata=self._info(place))

    def __iter__(self) -> Iterator[StepResult[O]]:
        return (self[place] for place in range(len(self)))

    def __repr__(self) -> str:
        ended = int(self.terminated.sum()), int(self.truncated.sum())
        failed = f", {len(self.errors)} with an error" if self.errors else ""
        return f"<{type(self).__name__} of {len(self)}: {ended[0]} terminated, {ended[1]} truncated{failed}>"

    def _observation(self, place: int) -> dict[str, Any]:
        return self._outcomes.rows[place].observations[self._outcomes.places[place]]

    def _info(self, place: int) -> dict[str, Any]:
        env_id = self._outcomes.env_ids[place]
        error, final = self._outcomes.errors.get(env_id), self._outcomes.finals.get(env_id)
        is_old = error is not None and final is None
        info = {} if is_old else dict(self._outcomes.rows[place].metadata(self._outcomes.places[place]))
        if error is not None:
            info["error"] = error
        if final is not None:
            told = final.reward, final.done, final.truncated
            info["final_obs"] = self._to_result(Result(0, 0, final.observation, *told)).observation
            info["final_info"] = metadata_of(final.observation)
        return info


def _columns_of(outcomes: Outcomes) -> dict[str, Any]:
    """The fields of the observations, each as an array or a list: what came as columns is taken out of these."""
    rows, places = outcomes.rows, outcomes.places
    if (columns := rows[0].columns) is not None and len({*rows}) == 1:
        is_whole = places == [*range(len(rows[0]))]
        return {name: _taken(column, None if is_whole else places) for name, column in columns.items()}
    each = [one.observations[place] for one, place in zip(rows, places, strict=True)]
    return {name: [one.get(name) for one in each] for name in dict.fromkeys(itertools.chain.from_iterable(each))}


def _taken(column: Any, places: list[int] | None) -> Any:
    """What is there; all of it where no places are given, which is not copied where it is an array."""
    if is_array(column):
        return column if places is None else column[places]
    return column.copy() if places is None else [column[place] for place in places]


def _column(values: Any) -> Any:
    if is_array(values):
        return values
    return load_numpy().array(values) if {*map(type, values)} in _NUMBERS else stacked(values)


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
