"""``VectorEnvironment``: one object that plays many episodes at once, for engines that do so themselves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

A = TypeVar("A")
O = TypeVar("O")  # noqa: E741


@dataclass(frozen=True)
class Transitions:
    """Of ``n`` episodes, as columns of that length: lists, or numpy arrays whose first dimension it is.

    ``observations`` has the observation model's own fields. ``rewards`` are None or finite numbers; ``done`` says
    that an episode has ended, by itself or ``truncated``; the latter alone does not end it. ``metadata`` has a dict for
    each, or is empty.

    What they hold may be used again for the next answer. Where the client is in the same process, an array is copied
    once, but for one that is read-only (``array.setflags(write=False)``) and no view of another: it is never changed.
    """

    observations: Mapping[str, Any]
    rewards: Sequence[float | None]
    done: Sequence[bool]
    truncated: Sequence[bool]
    metadata: Sequence[dict[str, Any]] = field(default_factory=list)


class VectorEnvironment(ABC, Generic[A, O]):
    """What ``Environment.vectorise`` returns. It is called by one thread at a time.

    Both methods are called for some of the episodes, whose numbers are from 0 to ``num_envs - 1``, ascending and each
    at most once; they answer in that order, with ``Transitions`` or with an observation for each. An episode that has
    ended is begun again by ``reset`` only. What they raise fails for all that were asked.
    """

    @abstractmethod
    def reset(
        self, episodes: Sequence[int], *, seeds: Sequence[int | None], options: Mapping[str, Any]
    ) -> Transitions | Sequence[O]:
        """Start these episodes. A seed gives the same episode as the environment's own ``reset`` with that seed;
        ``options`` are the other arguments of it."""

    @abstractmethod
    def step(self, episodes: Sequence[int], actions: Sequence[A]) -> Transitions | Sequence[O]:
        """Take an action in each of these."""

    def close(self) -> None:
        """Release what it holds."""
