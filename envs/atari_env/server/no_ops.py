"""No-ops: how many frames without an action a game begins with."""

import numpy as np

from atari_env.server.seeds import engine_seed

_RANGE = 1 << 32


def no_ops(seed: int, most: int) -> int:
    """From 0 to ``most - 1``, as ALE's own vector draws them: the first outputs of a Mersenne Twister, scaled without
    bias (Lemire, Fast Random Integer Generation in an Interval, 2019)."""
    words = np.random.RandomState(engine_seed(seed))
    while True:
        scaled = int.from_bytes(words.bytes(4), "little") * most
        if scaled % _RANGE >= _RANGE % most:
            return scaled // _RANGE
