"""Randomness: other numbers for each process that is forked."""

from __future__ import annotations

import sys


def reseed() -> None:
    """The generator that all of a process shares in numpy, where that is loaded; Python's own does it by itself."""
    generators = sys.modules.get("numpy.random")
    if generators is not None:
        generators.seed(None)
