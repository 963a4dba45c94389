"""Seeds: of the engine, and of episodes for which none is given."""

import operator
import random
from typing import Any


def number_of(seed: Any) -> int:
    """The seed of an episode. TypeError for what is no integer."""
    try:
        return operator.index(seed)
    except TypeError:
        raise TypeError(f"seed is {seed!r:.80}; it must be an integer") from None


def engine_seed(seed: int) -> int:
    """The engine's ``random_seed``, which has 31 bits: of other integers these count."""
    return seed % (1 << 31)


def following(seed: int) -> int:
    """The seed of an episode for which none is given, after one with this seed. The first such has 0."""
    return random.Random(f"after {seed}").getrandbits(31)
