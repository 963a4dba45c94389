"""Batches: the answers of many sessions as columns, arrays of one shape stacked, and taken apart again."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Self

import msgspec

from openenv.contract.arrays import is_array, load_numpy, read_only
from openenv.contract.transition import metadata_of
from openenv.errors import ProtocolError, SessionError
from openenv.wire.frames import Batch, Failed, Failure, Reply, Request, Result, Results
from openenv.wire.values import Packed, unpacked

if TYPE_CHECKING:
    import numpy as np


def together(batch: Batch, replies: Sequence[Reply]) -> Results:
    """One answer out of those to the requests of a batch, in its order."""
    results = [reply if isinstance(reply, Result) else None for reply in replies]
    failures = [_failure(place, reply) for place, reply in enumerate(replies) if not isinstance(reply, Result)]
    return Results(
        batch.channel,
        batch.id,
        _columns([None if result is None else result.observation for result in results]),
        [None if result is None else result.reward for result in results],
        [result is not None and result.done for result in results],
        [result is not None and result.truncated for result in results],
        failures,
    )


class Row(msgspec.Struct, frozen=True, gc=False):
    """One answer of a batch, with what ``Result`` has. The observation stays in its columns until somebody looks."""

    rows: Rows
    place: int
    reward: bool | int | float | None
    done: bool
    truncated: bool

    @property
    def observation(self) -> dict[str, Any]:
        """The fields; arrays are views of their columns."""
        return self.rows.observations[self.place]


class Rows:
    """The answers to ``count`` requests, as columns and one by one. ProtocolError when they do not add up."""

    def __init__(self, results: Results, count: int) -> None:
        _check(results, count)
        self._results = results
        self.rewards, self.done, self.truncated = results.rewards, results.done, results.truncated

    @classmethod
    def alone(cls, result: Result) -> Self:
        """One answer, which has come by itself."""
        return cls(Results(0, 0, [result.observation], [result.reward], [result.done], [result.truncated]), 1)

    def __len__(self) -> int:
        return len(self.rewards)

    @property
    def columns(self) -> dict[str, Any] | None:
        """The observations of all, by field; None where they have no such form."""
        observations = self._results.observations
        return observations if isinstance(observations, dict) else None

    @cached_property
    def observations(self) -> list[dict[str, Any]]:
        """The observations one by one. Where there are no columns there is nothing in them."""
        observations = self._results.observations
        if not isinstance(observations, dict):
            return [observation or {} for observation in observations]
        if not observations:
            return [{} for _ in self.rewards]
        names, cells = tuple(observations), map(_cells, observations.values())
        return [dict(zip(names, values, strict=True)) for values in zip(*cells, strict=True)]

    def metadata(self, place: int) -> dict[str, Any]:
        """Those of one observation; the others of its fields stay where they are."""
        columns = self.columns
        if columns is None:
            return metadata_of(self.observations[place])
        return metadata_of({"metadata": columns["metadata"][place]}) if "metadata" in columns else {}

    def row(self, place: int) -> Row:
        """One of them."""
        return Row(self, place, self.rewards[place], self.done[place], self.truncated[place])

    def failures(self, requests: Sequence[Request]) -> dict[int, Failure]:
        """The answers to those of the requests that have failed, by their places."""
        return {
            place: Failure(requests[place].channel, requests[place].id, code, message, details)
            for place, code, message, details in self._results.failures
        }


def apart(batch: Batch, results: Results) -> list[Result | Failure]:
    """The answer to each request of the batch, with its address. ProtocolError when they do not add up."""
    rows = Rows(results, len(batch.requests))
    answers: list[Result | Failure] = []
    for place, request in enumerate(batch.requests):
        observation, reward = rows.observations[place], rows.rewards[place]
        done, truncated = rows.done[place], rows.truncated[place]
        answers.append(Result(request.channel, request.id, observation, reward, done, truncated))
    for place, failure in rows.failures(batch.requests).items():
        answers[place] = failure
    return answers


def merged(batch: Batch, parts: Sequence[tuple[list[int], Results]]) -> Results | None:
    """One answer out of some to parts of a batch, each with the places of its requests. None where they are not of
    the whole batch, or have other columns than each other; those that hold failures have none."""
    if len(parts) == 1 and parts[0][0] == list(range(len(batch.requests))):
        return parts[0][1]
    all_columns = [results.observations for _, results in parts]
    columns = [each for each in all_columns if isinstance(each, dict)]
    if sum(len(places) for places, _ in parts) != len(batch.requests) or len(columns) != len(parts):
        return None
    if any(each.keys() != columns[0].keys() for each in columns):
        return None
    order = [place for places, _ in parts for place in places]
    from_where = sorted(range(len(order)), key=order.__getitem__)
    pick = itemgetter(*from_where)  # there are at least two: one alone is in order

    def in_order(of_parts: list[Any]) -> Any:
        if {*map(type, of_parts)} != {list}:
            whole = _concatenated(of_parts)
            if whole is not None:
                return read_only(whole.take(from_where, axis=0))
            of_parts = [*map(_cells, of_parts)]
        return [*pick([*itertools.chain.from_iterable(of_parts)])]

    return Results(
        batch.channel,
        batch.id,
        {name: in_order([each[name] for each in columns]) for name in columns[0]},
        in_order([results.rewards for _, results in parts]),
        in_order([results.done for _, results in parts]),
        in_order([results.truncated for _, results in parts]),
    )


def _concatenated(columns: list[Any]) -> np.ndarray | None:
    """One array of those of one dtype and shape; None for others."""
    if not all(map(is_array, columns)):
        return None
    first: np.ndarray = columns[0]
    if any(column.dtype != first.dtype or column.shape[1:] != first.shape[1:] for column in columns):
        return None
    whole: np.ndarray = load_numpy().concatenate(columns, dtype=first.dtype)
    return whole


def _check(results: Results, count: int) -> None:
    observations = results.observations
    columns: list[Any] = [results.rewards, results.done, results.truncated]
    columns += observations.values() if isinstance(observations, dict) else [observations]
    if not all(isinstance(column, list) or (is_array(column) and column.ndim) for column in columns):
        raise ProtocolError("the server answered a batch with a column that is neither a list nor an array")
    if any(len(column) != count for column in columns):
        raise ProtocolError(f"the server answered a batch of {count} with columns of another length")
    if not all(0 <= place < count for place, *_ in results.failures):
        raise ProtocolError(f"the server answered a batch of {count} with the failure of another request")


def _failure(place: int, reply: Reply) -> Failed:
    if not isinstance(reply, Failure):  # no reset and no step has such an answer
        reply = Failure.of(SessionError(f"answered with {type(reply).__name__}"))
    return place, reply.code, reply.message, reply.details


def _columns(observations: list[dict[str, Any] | None]) -> dict[str, Any] | list[dict[str, Any] | None]:
    first = observations[0]
    if first is None or any(one is None or one.keys() != first.keys() for one in observations):
        return observations
    return {name: read_only(stacked([one[name] for one in observations if one is not None])) for name in first}


def _cells(column: Any) -> Iterable[Any]:
    if isinstance(column, list):
        return column
    if column.ndim > 1:
        return list(column)
    return [column[place, ...] for place in range(len(column))]  # arrays also where there is no dimension left


def stacked(values: list[Any]) -> Any:
    """One array of arrays of one dtype and shape; other values as they are."""
    arrays = [*map(unpacked, values)] if Packed in map(type, values) else values
    if not is_array(arrays[0]):
        return values
    kind, shape = arrays[0].dtype, arrays[0].shape
    if not all(is_array(array) and array.dtype == kind and array.shape == shape for array in arrays):
        return values
    numpy = load_numpy()
    try:
        return numpy.stack(arrays, out=numpy.empty((len(arrays), *shape), kind))
    except (ValueError, MemoryError):  # one dimension more than there may be, or no room for another copy
        return values
