"""Contestants of the sandbox's cases."""

from __future__ import annotations

import functools
import subprocess

from benchmarks.case import Contestant, Metric
from benchmarks.programs.other_sandboxes import IMAGE
from benchmarks.steppers import stepper

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
    """Those that are to be had here: a container takes an engine that runs, and its image."""
    who = {PLAIN: "interpreter"} | ({DOCKER: "docker"} if has_docker() else {})
    return [other(name, what, word, metric) for name, word in who.items()]


def other(name: str, what: str, word: str, metric: Metric) -> Contestant:
    """One of them."""
    return stepper(name, "benchmarks.programs.other_sandboxes", what, word, metric=metric, on_one_core=False)


@functools.cache
def has_docker() -> bool:
    """An engine runs here and has the image."""
    try:
        found = subprocess.run(["docker", "image", "inspect", IMAGE], capture_output=True, check=False, timeout=10)
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return False
    return found.returncode == 0
