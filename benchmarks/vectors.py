"""Contestants of the cases with many environments at once: other libraries' vectors of CartPole, on all cores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.case import Contestant, Sample
from benchmarks.interpreters import ENVPOOL, OURS
from benchmarks.steppers import RATE, answering


def gymnasium_vector(name: str, *, mode: str, count: int) -> Contestant:
    """``async`` has a process for each environment, ``sync`` none."""
    return _vector(name, "benchmarks.programs.gymnasium_vector", mode, str(count), python=OURS)


def envpool_vector(name: str, *, count: int) -> Contestant:
    """EnvPool's, which are written in C++ and share threads."""
    return _vector(name, "benchmarks.programs.envpool_vector", str(count), python=ENVPOOL)


def _vector(name: str, *words: str, python: str) -> Contestant:
    @contextmanager
    def opened() -> Iterator[Sample]:
        with answering(*words, python=python, on_one_core=False) as program:
            yield lambda seconds: {RATE.name: 1 / program.ask(seconds)}

    return Contestant(name, opened)
