"""Randomness: giving generators of random numbers another seed, those of the process and those of an object."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable
from typing import Any


def reseed_process(seed: int | None = None) -> None:
    """The generators that all of this process shares: Python's, and numpy's where it is loaded. ``seed``, from 0 to
    2**32 - 1, comes from the operating system where it is None."""
    random.seed(seed)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(seed)


def reseed_generators(values: Iterable[Any], seed: int) -> None:
    """The generators among the values, each with a seed of its own: ``random.Random``, ``numpy.random.Generator`` and
    ``RandomState``."""
    numpy = sys.modules.get("numpy")
    for position, value in enumerate(values):
        if isinstance(value, random.Random):
            value.seed(f"{seed}-{position}")
        elif numpy is not None and isinstance(value, numpy.random.RandomState):
            value.seed([seed, position])
        elif numpy is not None and isinstance(value, numpy.random.Generator):
            fresh = type(value.bit_generator)(numpy.random.SeedSequence([seed, position]))
            value.bit_generator.state = fresh.state
