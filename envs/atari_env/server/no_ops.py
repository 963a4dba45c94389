"""No-ops: how many frames without an action a game begins with."""

import random

import numpy as np

_RANGE = 1 << 32


def engine_seed(seed: int) -> int:
    """The engine's ``random_seed``, which has 31 bits."""
    return seed % (1 << 31)


def no_ops(seed: int | None, most: int) -> int:
    """From 0 to ``most - 1``, as ALE's own vector draws them: the first outputs of a Mersenne Twister, scaled without
    bias (Lemire, Fast Random Integer Generation in an Interval, 2019). None draws what no seed says."""
    if seed is None:
        return random.randrange(most)
    words = np.random.RandomState(engine_seed(seed))
    while True:
        scaled = int.from_bytes(words.bytes(4), "little") * most
        if scaled % _RANGE >= _RANGE % most:
            return scaled // _RANGE
