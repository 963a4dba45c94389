"""The outcome of a case: the samples, their medians, and whether the targets are met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from statistics import median, quantiles

from benchmarks.case import Case, Effort, Target


@dataclass(frozen=True)
class Samples:
    """One contestant's values of one metric, one a round, in the metric's unit."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.values)

    @property
    def middle_half(self) -> tuple[float, float]:
        """The first and the third quartile."""
        if len(self.values) == 1:
            return self.values[0], self.values[0]
        first, _, third = quantiles(self.values, n=4, method="inclusive")
        return first, third

    def over(self, other: Samples) -> float:
        """The median of the ratios of the values that were taken in the same round: what slows the machine down for a
        while slows both."""
        pairs = zip(self.values, other.values, strict=True)
        return median(mine / theirs if theirs else inf for mine, theirs in pairs)


@dataclass(frozen=True)
class Verdict:
    """A target, what was measured for it (a value or a ratio), and whether that meets it."""

    target: Target
    measured: float
    met: bool


@dataclass(frozen=True)
class Outcome:
    """What the rounds gave: for each contestant its metrics, round by round; and the share of the machine that others
    used meanwhile."""

    case: Case
    effort: Effort
    rounds: Mapping[str, Sequence[Mapping[str, float]]]
    used_by_others: float

    def samples(self, metric: str, contestant: str) -> Samples:
        """The values of one contestant."""
        scale = self.case.metric(metric).scale
        return Samples(tuple(taken[metric] * scale for taken in self.rounds[contestant]))

    def has(self, metric: str, contestant: str) -> bool:
        """Whether the metric means something for the contestant."""
        return metric in self.rounds[contestant][0]

    def times_better(self, metric: str, contestant: str, *, than: str) -> float:
        """How many times faster, or more, whichever is better."""
        mine, theirs = self.samples(metric, contestant), self.samples(metric, than)
        return mine.over(theirs) if self.case.metric(metric).better == "higher" else theirs.over(mine)

    def verdict(self, target: Target) -> Verdict:
        """Whether the target is met."""
        mine = self.samples(target.metric, target.contestant)
        if target.form == "at most":
            return Verdict(target, mine.median, mine.median <= target.limit)
        if target.form == "at least":
            return Verdict(target, mine.median, mine.median >= target.limit)
        assert target.beside is not None
        if target.form in ("at most times", "at least times"):
            ratio = mine.over(self.samples(target.metric, target.beside))
            return Verdict(
                target, ratio, ratio <= target.limit if target.form == "at most times" else ratio >= target.limit
            )
        ratio = self.times_better(target.metric, target.contestant, than=target.beside)
        return Verdict(target, ratio, ratio >= target.limit)

    def floor_of(self, target: Target) -> Verdict:
        """How the target's floor stands to it."""
        assert target.floor is not None
        return self.verdict(replace(target, contestant=target.floor))

    @property
    def verdicts(self) -> list[Verdict]:
        """One for each target."""
        return [self.verdict(target) for target in self.case.targets]
