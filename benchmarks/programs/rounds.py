"""A program's side of a latency case: after a warm-up it times rounds of steps as it is asked to."""

import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

WARM_UP, WARM_UP_S = 200, 1.0
STEPS_AT_A_TIME = 10
SESSIONS_AT_A_TIME = 5


def answer_rounds(step: Callable[[], object], *, at_once: int = 1) -> None:
    """Print ``"ready"``; then, for each number of seconds on standard input, the time of a step, in seconds: where one
    call takes several ``at_once``, its share of that."""
    _warm_up(step)
    _say("ready")
    for line in sys.stdin:
        _say(time_s(step, seconds=float(line)) / at_once)


def answer_rounds_of(steps: Mapping[str, Callable[[], object]]) -> None:
    """The same for several kinds of steps, which share the time: the time of each, by its name."""
    for step in steps.values():
        _warm_up(step)
    _say("ready")
    for line in sys.stdin:
        seconds = float(line) / len(steps)
        _say({name: time_s(step, seconds=seconds) for name, step in steps.items()})


def answer_measurements(measure: Callable[[], float]) -> None:
    """The same for what is measured in one go: for each line on standard input what ``measure`` gives."""
    measure()
    _say("ready")
    for _ in sys.stdin:
        _say(measure())


def time_s(step: Callable[[], object], *, seconds: float) -> float:
    """Steps for about that long; the median over groups of ten, so that the ones that somebody interrupted fall out."""
    groups: list[float] = []
    now = time.perf_counter()
    end = now + seconds
    while now < end or not groups:
        for _ in range(STEPS_AT_A_TIME):
            step()
        began, now = now, time.perf_counter()
        groups.append((now - began) / STEPS_AT_A_TIME)
    return statistics.median(groups)


def beginning_s(client: Callable[[], Any]) -> float:
    """The median over some new sessions, each from the making of its client until its first ``reset`` has returned."""
    taken: list[float] = []
    for _ in range(SESSIONS_AT_A_TIME):
        began = time.perf_counter()
        with client() as env:
            env.reset()
            taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def _warm_up(step: Callable[[], object]) -> None:
    """Fewer of those that take long."""
    until = time.perf_counter() + WARM_UP_S
    for _ in range(WARM_UP):
        step()
        if time.perf_counter() > until:
            break


def _say(value: object) -> None:
    print(json.dumps(value), flush=True)
