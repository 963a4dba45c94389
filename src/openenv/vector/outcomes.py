"""Outcomes: what came of the environments of a vector, in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import or_
from typing import Any, NamedTuple

from openenv.errors import OpenEnvError
from openenv.wire.batches import Row, Rows
from openenv.wire.frames import Result

_NOTHING_SEEN = Rows.alone(Result(0, 0, {}))


@dataclass(frozen=True)
class Outcomes:
    """Of those environments whose numbers are ``env_ids``. Rewards, ``done`` and ``truncated`` are what the call came
    to. What there is to see now is at ``places`` of ``rows``, and older where there is an error."""

    env_ids: list[int]
    rewards: list[Any]
    done: list[bool]
    truncated: list[bool]
    rows: list[Rows]
    places: list[int]
    errors: dict[int, OpenEnvError]
    """By number, as ``finals``."""
    finals: dict[int, Row]
    """The end of the episode before, where the next one has begun in the same call: what is seen is its beginning."""


class Ended(NamedTuple):
    """An episode whose successor begins in the same call."""

    reward: Any
    done: bool
    truncated: bool
    seen: Row
    error: OpenEnvError | None


class Latest:
    """What came of each environment last, in columns by its number."""

    def __init__(self, count: int) -> None:
        self._all = list(range(count))
        self._rewards: list[Any] = [None] * count
        self._done = [False] * count
        self._truncated = [False] * count
        self._rows = [_NOTHING_SEEN] * count
        self._places = [0] * count
        self._errors: dict[int, OpenEnvError] = {}
        self._finals: dict[int, Row] = {}
        self.is_over = [True] * count
        """There is no episode to go on with."""

    def has_begun(self, env_id: int) -> bool:
        """It has had an episode."""
        return self._rows[env_id] is not _NOTHING_SEEN

    def answered(self, ids: list[int], rows: Rows, places: list[int]) -> None:
        """A reset or a step of these has come to what is at those places."""
        self._drop(ids)
        if ids == self._all:  # who are asked once in a message, so that the places are all of them, in order
            self._rows[:], self._places[:] = [rows] * len(ids), places
            self._rewards[:], self._done[:], self._truncated[:] = rows.rewards, rows.done, rows.truncated
            self.is_over[:] = map(or_, rows.done, rows.truncated)
            return
        for env_id, place in zip(ids, places, strict=True):
            self._rows[env_id], self._places[env_id] = rows, place
            done, truncated = rows.done[place], rows.truncated[place]
            self._rewards[env_id], self._done[env_id], self._truncated[env_id] = rows.rewards[place], done, truncated
            self.is_over[env_id] = done or truncated

    def failed(self, env_id: int, error: OpenEnvError, *, is_lost: bool) -> None:
        """It is shown as it was seen last. Where its session is lost, so is the episode."""
        self._drop([env_id])
        self._rewards[env_id], self._done[env_id], self._truncated[env_id] = None, is_lost, is_lost
        self._errors[env_id] = error
        self.is_over[env_id] = self.is_over[env_id] or is_lost

    def ended(self, env_id: int) -> Ended:
        """Take out what came of it, since its next episode has to begin first."""
        return Ended(
            self._rewards[env_id],
            self._done[env_id],
            self._truncated[env_id],
            self._rows[env_id].row(self._places[env_id]),
            self._errors.pop(env_id, None),
        )

    def followed(self, env_id: int, ended: Ended) -> None:
        """The next episode has begun, in the same call as that one has ended."""
        self._rewards[env_id], self._done[env_id], self._truncated[env_id], self._finals[env_id], error = ended
        if error is not None:
            self._errors[env_id] = error

    def of(self, ids: Sequence[int]) -> Outcomes:
        """What came of these."""
        env_ids = [*ids]
        pick = list.copy if env_ids == self._all else lambda column: [column[env_id] for env_id in env_ids]
        return Outcomes(
            env_ids,
            pick(self._rewards),
            pick(self._done),
            pick(self._truncated),
            pick(self._rows),
            pick(self._places),
            _picked(self._errors, ids),
            _picked(self._finals, ids),
        )

    def _drop(self, ids: Sequence[int]) -> None:
        """What stood beside the last call's columns."""
        if self._errors or self._finals:
            for env_id in ids:
                self._errors.pop(env_id, None)
                self._finals.pop(env_id, None)


def _picked(those: dict[int, Any], ids: Sequence[int]) -> dict[int, Any]:
    return {env_id: those[env_id] for env_id in ids if env_id in those} if those else {}
