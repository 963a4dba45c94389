"""The picture beside the report: how many times better than the reference's each figure is that is to be better."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from benchmarks.case import is_reference
from benchmarks.outcome import Outcome, Verdict
from benchmarks.report import number

_TITLE = "How many times better than the reference each figure is, in the same run"
_MET, _MISSED, _AIM, _WEAK = "#2f6f9f", "#c8553d", "#222222", "#666666"
_LEGEND = (
    Patch(color=_MET, label="target met"),
    Patch(color=_MISSED, label="missed"),
    Line2D(
        [], [], color=_AIM, marker="|", linestyle="", markersize=11, markeredgewidth=1.6, label="the multiple aimed at"
    ),
)
_WIDTH_IN, _ROW_IN, _REST_IN = 10.0, 0.29, 1.2
_BAR, _MARK = 0.62, 0.45
_STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Helvetica", "Arial"],
    "font.size": 9,
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "openenv",  # the same figures make the same file
}


@dataclass(frozen=True)
class Row:
    """One figure: how many times better than the reference's ours is, the multiple that is aimed at where a target is
    one, and whether all of its targets are met."""

    label: str
    times_better: float
    aim: float | None
    met: bool


def rows_of(outcomes: Iterable[Outcome]) -> list[Row]:
    """One for each contestant and metric with a target beside the reference, in the order of the report."""
    return [_row(outcome, verdicts) for outcome in outcomes for verdicts in _by_figure(outcome.verdicts)]


def draw(outcomes: Iterable[Outcome], path: Path) -> None:
    """Write the picture, as SVG."""
    rows = rows_of(outcomes)
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH_IN, _REST_IN + _ROW_IN * len(rows)), layout="constrained", facecolor="white")
        _draw(figure.add_subplot(), rows)
        figure.suptitle(_TITLE, x=0.01, ha="left", fontweight="bold")
        figure.legend(handles=_LEGEND, loc="outside lower right", ncols=len(_LEGEND), frameon=False)
        figure.savefig(path, format="svg", metadata={"Date": None})


def _by_figure(verdicts: Iterable[Verdict]) -> Iterable[list[Verdict]]:
    figures: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in verdicts:
        target = verdict.target
        if target.beside is not None and is_reference(target.beside):
            figures.setdefault((target.metric, target.contestant), []).append(verdict)
    return figures.values()


def _row(outcome: Outcome, verdicts: Sequence[Verdict]) -> Row:
    target = verdicts[0].target
    assert target.beside is not None
    aims = [verdict.target.limit for verdict in verdicts if verdict.target.form == "times better"]
    return Row(
        label=f"{outcome.case.title}: {target.metric} ({target.contestant.removeprefix('ours, ')})".replace("`", ""),
        times_better=outcome.times_better(target.metric, target.contestant, than=target.beside),
        aim=aims[0] if aims else None,
        met=all(verdict.met for verdict in verdicts),
    )


def _draw(axes: Axes, rows: Sequence[Row]) -> None:
    _scale(axes, rows)
    longest = axes.get_xlim()[1]
    for place, row in enumerate(rows):
        end = min(row.times_better, longest)  # the reference may have managed nothing at all
        axes.barh(place, end - 1, _BAR, left=1, color=_MET if row.met else _MISSED)
        text = f"{number(row.times_better)}×" if isfinite(row.times_better) else "∞"
        edge = max(end, row.aim or 1, 1)  # behind the bar, and behind the mark
        axes.annotate(text, (edge, place), (5, 0), textcoords="offset points", va="center")
        if row.aim is not None:
            axes.plot([row.aim, row.aim], [place - _MARK, place + _MARK], color=_AIM, linewidth=1.6)
    axes.set_yticks(range(len(rows)), [row.label for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)


def _scale(axes: Axes, rows: Sequence[Row]) -> None:
    """Logarithmic, with room for the number behind the longest bar."""
    finite = [row.times_better for row in rows if isfinite(row.times_better)]
    axes.set_xscale("log")
    axes.set_xlim(0.8 * min([1.0, *finite]), 3 * max([2.0, *finite]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, place: f"{value:g}×"))
    axes.axvline(1, color=_WEAK, linewidth=1)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
