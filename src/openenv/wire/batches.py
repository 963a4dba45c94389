"""Batches: the answers of many sessions as columns, arrays of one shape stacked, and taken apart again."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

from openenv.contract.arrays import is_array, load_numpy
from openenv.errors import ProtocolError, SessionError
from openenv.wire.frames import Batch, Failed, Failure, Reply, Result, Results


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


def apart(batch: Batch, results: Results) -> list[Result | Failure]:
    """The answer to each request of the batch. ProtocolError when they do not add up."""
    count = len(batch.requests)
    observations = results.observations
    columns: list[Any] = [results.rewards, results.done, results.truncated]
    columns += observations.values() if isinstance(observations, dict) else [observations]
    if not all(isinstance(column, list) or is_array(column) for column in columns):
        raise ProtocolError("the server answered a batch with a column that is neither a list nor an array")
    if any(len(column) != count for column in columns):
        raise ProtocolError(f"the server answered a batch of {count} with columns of another length")
    rows = _rows(observations, count)
    each: list[Result | Failure] = [
        Result(request.channel, request.id, observation, reward, done, truncated)
        for request, observation, reward, done, truncated in zip(
            batch.requests, rows, results.rewards, results.done, results.truncated, strict=True
        )
    ]
    if not results.failures:
        return each
    failed = {place: (code, message, details) for place, code, message, details in results.failures}
    return [
        Failure(result.channel, result.id, *failed[place]) if place in failed else result
        for place, result in enumerate(each)
    ]


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

    def in_order(of_parts: list[Any]) -> Any:
        return _scattered(of_parts, order)

    return Results(
        batch.channel,
        batch.id,
        {name: in_order([each[name] for each in columns]) for name in columns[0]},
        in_order([results.rewards for _, results in parts]),
        in_order([results.done for _, results in parts]),
        in_order([results.truncated for _, results in parts]),
    )


def _scattered(columns: list[Any], order: list[int]) -> Any:
    """One column of several; ``order`` has the place of each of their values."""
    if all(map(is_array, columns)) and len({(column.dtype, column.shape[1:]) for column in columns}) == 1:
        np = load_numpy()
        array = np.empty((len(order), *columns[0].shape[1:]), columns[0].dtype)
        array[order] = np.concatenate(columns)
        return array
    values = [None] * len(order)
    for place, value in zip(order, itertools.chain.from_iterable(map(_cells, columns)), strict=True):
        values[place] = value
    return values


def _rows(observations: dict[str, Any] | list[dict[str, Any] | None], count: int) -> list[dict[str, Any]]:
    """The observations one by one. Where there are no columns there is nothing in them."""
    if not isinstance(observations, dict):
        return [observation or {} for observation in observations]
    if not observations:
        return [{} for _ in range(count)]
    names = tuple(observations)
    return [dict(zip(names, values, strict=True)) for values in zip(*map(_cells, observations.values()), strict=True)]


def _failure(place: int, reply: Reply) -> Failed:
    if not isinstance(reply, Failure):  # no reset and no step has such an answer
        reply = Failure.of(SessionError(f"answered with {type(reply).__name__}"))
    return place, reply.code, reply.message, reply.details


def _columns(observations: list[dict[str, Any] | None]) -> dict[str, Any] | list[dict[str, Any] | None]:
    first = observations[0]
    if first is None or any(one is None or one.keys() != first.keys() for one in observations):
        return observations
    return {name: stacked([one[name] for one in observations if one is not None]) for name in first}


def _cells(column: Any) -> Iterable[Any]:
    if isinstance(column, list):
        return column
    if column.ndim > 1:
        return list(column)
    return [column[place, ...] for place in range(len(column))]  # arrays also where there is no dimension left


def stacked(values: list[Any]) -> Any:
    """One array of arrays of one dtype and shape; other values as they are."""
    if not is_array(values[0]):
        return values
    kind, shape = values[0].dtype, values[0].shape
    if not all(is_array(value) and value.dtype == kind and value.shape == shape for value in values):
        return values
    numpy = load_numpy()
    try:
        return numpy.stack(values, out=numpy.empty((len(values), *shape), kind))
    except (ValueError, MemoryError):  # one dimension more than there may be, or no room for another copy
        return values
