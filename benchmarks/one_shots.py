"""Contestants that are started anew for every sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from benchmarks.case import Contestant, Sample


def one_shot(name: str, measure: Callable[[], Mapping[str, float]]) -> Contestant:
    """Measured once before the rounds, so that modules are compiled and files are in the kernel's cache."""

    @contextmanager
    def opened() -> Iterator[Sample]:
        measure()
        yield lambda seconds: measure()

    return Contestant(name, opened)
