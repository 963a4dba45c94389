"""Vector calls: a batch for the seats of one session, as one call for all steps and one for resets that are alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from msgspec import structs

from openenv.contract.adapters import ModelAdapter
from openenv.contract.arrays import is_array
from openenv.contract.transition import finite, take_apart
from openenv.contract.vector_environment import Transitions, VectorEnvironment
from openenv.errors import ValidationError
from openenv.wire.batches import apart, merged, together
from openenv.wire.frames import Batch, Failure, Reply, Request, Reset, Result, Results, Step

ToFailure = Callable[[Request, BaseException], Failure]
"""Makes the answer to a request out of what was raised."""


@dataclass
class _Call:
    """What goes into one call: the places of its requests in the batch, and the actions, or a reset's options."""

    options: dict[str, Any] | None
    places: list[int] = field(default_factory=list)
    actions: list[Any] = field(default_factory=list)


class VectorCalls:
    """Calls an environment of ``seats`` episodes. The channel of a request is its seat, counted from 1."""

    def __init__(self, environment: VectorEnvironment[Any, Any], *, seats: int, action: ModelAdapter[Any]) -> None:
        self._environment = environment
        self._seats = seats
        self._action = action
        self._name = type(environment).__name__

    def answer(self, batch: Batch, to_failure: ToFailure) -> Results:
        """The answers, in the batch's order. What the environment raises is that of all that were in the call."""
        replies: list[Reply | None] = [None] * len(batch.requests)
        parts: list[tuple[list[int], Results]] = []
        for call in self._calls(batch, replies, to_failure):
            try:
                outcome = self._outcome(batch, call)
                if isinstance(outcome, Transitions):
                    parts.append((call.places, self._results(batch, outcome, call)))
                    continue
                for place, reply in zip(call.places, self._replies(batch, call, outcome), strict=True):
                    replies[place] = reply
            except BaseException as error:
                failure = to_failure(batch.requests[call.places[0]], error)  # which logs it once
                for place in call.places:
                    request = batch.requests[place]
                    replies[place] = structs.replace(failure, channel=request.channel, id=request.id)
        whole = merged(batch, parts)
        if whole is not None:
            return whole
        for places, results in parts:
            asked = Batch(batch.channel, batch.id, [batch.requests[place] for place in places])
            for place, reply in zip(places, apart(asked, results), strict=True):
                replies[place] = reply
        return together(batch, [reply for reply in replies if reply is not None])

    def _calls(self, batch: Batch, replies: list[Reply | None], to_failure: ToFailure) -> list[_Call]:
        """In the order of the seats. What is wrong with a request is answered, and not called."""
        requests, validate = batch.requests, self._action.validate
        seats = [request.channel for request in requests]
        places, actions, resets = list[int](), list[Any](), list[_Call]()
        before, last = 0, self._seats
        for place in sorted(range(len(seats)), key=seats.__getitem__):
            request, seat = requests[place], seats[place]
            try:
                if not before < seat <= last:
                    raise ValidationError(f"there are the seats 1 to {last}, each for one request of a batch")
                before = seat
                if isinstance(request, Step):
                    actions.append(validate(request.action))
                    places.append(place)
                else:
                    _add(resets, place, request.options)
            except BaseException as error:
                replies[place] = to_failure(request, error)
        return [_Call(None, places, actions), *resets] if places else resets

    def _outcome(self, batch: Batch, call: _Call) -> Transitions | Sequence[Any]:
        requests = batch.requests
        episodes = [requests[place].channel - 1 for place in call.places]
        if call.options is None:
            return self._environment.step(episodes, call.actions)
        resets = [requests[place] for place in call.places]
        seeds = [reset.options.get("seed") for reset in resets if isinstance(reset, Reset)]
        return self._environment.reset(episodes, seeds=seeds, options=call.options)

    def _replies(self, batch: Batch, call: _Call, outcome: Sequence[Any]) -> Sequence[Reply]:
        requests = [batch.requests[place] for place in call.places]
        source = self._source(call)
        return [
            Result(request.channel, request.id, *take_apart(observation, source=source))
            for request, observation in zip(requests, outcome, strict=True)
        ]

    def _results(self, batch: Batch, outcome: Transitions, call: _Call) -> Results:
        """Columns as they are. ValueError when they have other lengths, InvalidReward for what is no number."""
        source, count = self._source(call), len(call.places)
        observations = {name: _column(values) for name, values in outcome.observations.items()}
        if len(outcome.metadata):
            observations["metadata"] = list(outcome.metadata)
        rewards, done, truncated = map(_plain, (outcome.rewards, outcome.done, outcome.truncated))
        if any(len(column) != count for column in (*observations.values(), rewards, done, truncated)):
            raise ValueError(f"{source} returned columns of other lengths than the number of episodes, {count}")
        checked = rewards
        if {*map(type, rewards)} != {float} or not all(map(isfinite, rewards)):
            checked = [None if reward is None else finite(reward, source) for reward in rewards]
        return Results(batch.channel, batch.id, observations, checked, done, truncated)

    def _source(self, call: _Call) -> str:
        return f"{self._name}.{'step' if call.options is None else 'reset'}"


def _add(resets: list[_Call], place: int, options: dict[str, Any]) -> None:
    """To those whose options are the same but for the seeds."""
    unseeded = options.copy()
    unseeded.pop("seed", None)
    for call in resets:
        if _alike(call.options, unseeded):
            break
    else:
        call = _Call(unseeded)
        resets.append(call)
    call.places.append(place)


def _alike(one: dict[str, Any] | None, other: dict[str, Any] | None) -> bool:
    """Whether these options are for one call."""
    try:
        return one == other
    except ValueError:  # arrays, of which Python cannot say whether they are equal
        return False


def _plain(column: Any) -> list[Any]:
    """Numbers as Python has them."""
    values: list[Any] = column.tolist() if hasattr(column, "tolist") else list(column)
    return values


def _column(values: Any) -> Any:
    return values if is_array(values) else list(values)
