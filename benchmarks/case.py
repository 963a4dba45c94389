"""A case: what is measured, for whom, and what is aimed at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

Sample = Callable[[float], Mapping[str, float]]
"""Measures for about that many seconds, or once where that has no meaning; gives a value for each metric."""


@dataclass(frozen=True)
class Metric:
    """A quantity; a count has no unit. ``scale`` makes the unit of the one it is measured in (seconds, mostly)."""

    name: str
    unit: str
    better: Literal["lower", "higher"]
    scale: float = 1.0


@dataclass(frozen=True)
class Contestant:
    """Whoever is measured. ``open`` brings it up, warm and connected, for the rounds of one start."""

    name: str
    open: Callable[[], AbstractContextManager[Sample]]


def is_reference(name: str) -> bool:
    """The contestant of that name is the reference."""
    return name.startswith("reference")


@dataclass(frozen=True)
class Target:
    """What one contestant's metric is to reach: a value, or how it stands to another contestant's in the same round."""

    metric: str
    contestant: str
    limit: float
    form: Literal["at most", "at least", "at most times", "at least times", "times better"]
    beside: str | None = None
    """The other contestant. With the forms "at most" and "at least", it is only shown. What is beside the reference is
    in the picture."""
    floor: str | None = None
    """The contestant that shows what can be had at all, where the target is missed."""


@dataclass(frozen=True)
class Effort:
    """How many rounds there are after each start, for how many seconds each contestant is measured in one, and how many
    starts there are, each with all contestants brought up anew: where memory lies changes from start to start, and may
    count for a twentieth. The shorter a round, the closer in time are those that are compared in it, and the less a
    change of the machine's speed counts."""

    rounds: int
    seconds: float = 0.0
    starts: int = 1


@dataclass(frozen=True)
class Case:
    """One comparison. The first contestant is ours: the others' values are also given as multiples of its own."""

    name: str
    title: str
    about: str
    metrics: tuple[Metric, ...]
    contestants: tuple[Contestant, ...]
    targets: tuple[Target, ...]
    full: Effort
    quick: Effort

    def metric(self, name: str) -> Metric:
        """The metric of that name."""
        return next(metric for metric in self.metrics if metric.name == name)
