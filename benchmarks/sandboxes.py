"""Contestants of the sandbox's cases."""

from __future__ import annotations

import functools

from benchmarks.case import Contestant, Metric
from benchmarks.steppers import stepper
from openenv.errors import RuntimeUnavailable
from openenv.sandbox.container import engine

OURS, POOLED = "ours, jail", "ours, jail, from the pool"
PLAIN, DOCKER, SMOLAGENTS = (
    "plain `python -I` (no sandbox)",
    "docker run",
    "smolagents' LocalPythonExecutor (no boundary)",
)


def ours(what: str, metric: Metric, *, ready: int = 0) -> Contestant:
    """With numpy imported."""
    words = ("benchmarks.programs.our_sandbox", what, str(ready))
    return stepper(POOLED if ready else OURS, *words, metric=metric, on_one_core=False)


def others(what: str, metric: Metric) -> list[Contestant]:
    """Those that are to be had here: a container takes an engine that runs."""
    who = {PLAIN: "interpreter"} | ({DOCKER: "docker"} if has_docker() else {})
    return [other(name, what, word, metric) for name, word in who.items()]


def other(name: str, what: str, word: str, metric: Metric) -> Contestant:
    """One of them."""
    return stepper(name, "benchmarks.programs.other_sandboxes", what, word, metric=metric, on_one_core=False)


@functools.cache
def has_docker() -> bool:
    """An engine runs here; it has the image with nothing in it afterwards."""
    try:
        engine()
    except RuntimeUnavailable:
        return False
    return True
