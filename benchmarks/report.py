"""The report: what a run found, as Markdown for readers and as values for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.case import Case, Metric, Target
from benchmarks.circumstances import Circumstances
from benchmarks.outcome import Outcome, Verdict

_INTRODUCTION = """\
Taken by `make bench`. All contestants of a case are up at the same time and take turns; a value is the median over the
rounds, and a ratio is the median of the ratios within a round. The reference is the PyPI package `openenv` 0.10.0 in a
virtual environment of its own, run as separate processes. "Others" is the share of the machine's processors that other
programs used meanwhile: the more it is, the less a figure says."""


@dataclass(frozen=True)
class Failure:
    """A case that could not be measured, and why."""

    case: Case
    reason: str


def as_markdown(
    circumstances: Circumstances, results: Sequence[Outcome | Failure], *, picture: str | None = None
) -> str:
    """The targets first, then every contestant, case by case. ``picture`` is the name of a file beside the report."""
    outcomes = [result for result in results if isinstance(result, Outcome)]
    verdicts = [_verdict_row(outcome, verdict) for outcome in outcomes for verdict in outcome.verdicts]
    parts = ["# Figures", _INTRODUCTION, _facts(circumstances)]
    if picture is not None:
        parts += [f"![How many times better than the reference each figure is]({picture})"]
    if verdicts:
        heads = ("figure", "contestant", "median", "beside it", "target", "reached", "verdict", "others")
        parts += ["## Targets", _table(heads, verdicts, right=(2, 4, 5, 7))]
    for result in results:
        parts += _case(result) if isinstance(result, Outcome) else _failure(result)
    return "\n\n".join(parts) + "\n"


def as_values(circumstances: Circumstances, results: Sequence[Outcome | Failure]) -> dict[str, Any]:
    """The same with every sample, for ``json``."""
    return {"circumstances": asdict(circumstances), "cases": [_values_of(result) for result in results]}


def number(value: float) -> str:
    """Three significant digits, or all of the digits before the point."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


def _facts(found: Circumstances) -> str:
    versions = {
        name: ", ".join(f"{library} {version}" for library, version in having.items())
        for name, having in (("ours", found.ours), ("the reference", found.reference))
    }
    machine = f"{found.processor}, {found.cpus} CPUs, {found.kernel}, load average before the run {found.load_before}"
    rows = [("date", found.date), ("machine", machine), *versions.items()]
    return "\n".join(f"- {name}: {value}" for name, value in rows)


def _verdict_row(outcome: Outcome, verdict: Verdict) -> tuple[str, ...]:
    target, metric = verdict.target, outcome.case.metric(verdict.target.metric)
    figure = f"{outcome.case.title}: {metric.name}"
    mine = _quantity(outcome.samples(metric.name, target.contestant).median, metric)
    beside = "" if target.beside is None else _told(outcome, metric, target.beside)
    word = "met" if verdict.met else "**missed**"
    if not verdict.met and target.floor is not None:
        word += f" ({_told(outcome, metric, target.floor)}, {_reached(outcome.floor_of(target), metric)})"
    others = f"{outcome.used_by_others:.0%}"
    return figure, target.contestant, mine, beside, _aim(target, metric), _reached(verdict, metric), word, others


def _told(outcome: Outcome, metric: Metric, contestant: str) -> str:
    return f"{contestant}: {_quantity(outcome.samples(metric.name, contestant).median, metric)}"


def _aim(target: Target, metric: Metric) -> str:
    limit = f"{target.limit:g}"
    if target.form in ("at most", "at least"):
        sign = "≤" if target.form == "at most" else "≥"
        return f"{sign} {limit} {metric.unit}".rstrip()
    if target.form in ("at most times", "at least times"):
        sign = "≤" if target.form == "at most times" else "≥"
        return f"{sign} {limit}× that"
    return f"≥ {limit}× better"


def _reached(verdict: Verdict, metric: Metric) -> str:
    if verdict.target.form in ("at most", "at least"):
        return _quantity(verdict.measured, metric)
    return f"{number(verdict.measured)}×"


def _quantity(value: float, metric: Metric) -> str:
    return f"{number(value)} {metric.unit}".rstrip()


def _case(outcome: Outcome) -> list[str]:
    case, effort = outcome.case, outcome.effort
    rounds = effort.starts * effort.rounds
    word = "round" if rounds == 1 else "rounds"
    length = f" of {effort.seconds:g} s" if effort.seconds else ""
    starts = f", over {effort.starts} starts" if effort.starts > 1 else ""
    shown = [f"## {case.title}", case.about + f" {rounds} {word}{length}{starts}. (`--only {case.name}`)"]
    heads, right = ["contestant"], []
    for metric in case.metrics:
        right += [len(heads), len(heads) + 1, len(heads) + 2]
        unit = f", {metric.unit}" if metric.unit else ""
        heads += [f"{metric.name}{unit} ({metric.better} is better)", "middle half", "ratio to the first"]
    rows = [(contestant.name, *_cells(outcome, contestant.name)) for contestant in case.contestants]
    return [*shown, _table(heads, rows, right=right)]


def _cells(outcome: Outcome, contestant: str) -> list[str]:
    cells = []
    for metric in outcome.case.metrics:
        if not outcome.has(metric.name, contestant):
            cells += ["", "", ""]
            continue
        samples = outcome.samples(metric.name, contestant)
        first, third = samples.middle_half
        ratio = samples.over(outcome.samples(metric.name, outcome.case.contestants[0].name))
        cells += [number(samples.median), f"{number(first)} – {number(third)}", f"{number(ratio)}×"]
    return cells


def _failure(failure: Failure) -> list[str]:
    return [f"## {failure.case.title}", f"Not measured:\n\n```text\n{failure.reason}\n```"]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int]) -> str:
    rule = ["--:" if column in right else "---" for column in range(len(heads))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (heads, rule, *rows))


def _values_of(result: Outcome | Failure) -> dict[str, Any]:
    if isinstance(result, Failure):
        return {"name": result.case.name, "failure": result.reason}
    contestants = {
        contestant.name: {
            metric.name: _samples(result, metric, contestant.name)
            for metric in result.case.metrics
            if result.has(metric.name, contestant.name)
        }
        for contestant in result.case.contestants
    }
    targets = [
        asdict(verdict.target) | {"measured": verdict.measured, "met": verdict.met} for verdict in result.verdicts
    ]
    return {
        "name": result.case.name,
        "effort": asdict(result.effort),
        "used_by_others": round(result.used_by_others, 3),
        "metrics": {metric.name: {"unit": metric.unit, "better": metric.better} for metric in result.case.metrics},
        "contestants": contestants,
        "targets": targets,
    }


def _samples(outcome: Outcome, metric: Metric, contestant: str) -> dict[str, Any]:
    samples = outcome.samples(metric.name, contestant)
    return {"median": samples.median, "middle_half": samples.middle_half, "values": samples.values}
