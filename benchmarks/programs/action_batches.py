"""Actions for many CartPoles at once. EnvPool's program takes the same, so it needs nothing but numpy."""

import itertools
from collections.abc import Iterator

import numpy as np

_BATCHES = 64


def action_batches(count: int) -> Iterator[np.ndarray]:
    """Random ones, the same every time, without end: an episode lasts about twenty steps."""
    return itertools.cycle(np.random.default_rng(0).integers(0, 2, (_BATCHES, count)))
