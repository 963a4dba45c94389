"""Seeds: of the engine, and of episodes for which none is given."""

import random


def engine_seed(seed: int) -> int:
    """The engine's ``random_seed``, which has 31 bits: of other integers these count."""
    return seed % (1 << 31)


def following(seed: int) -> int:
    """The seed of an episode for which none is given, after one with this seed. The first such has 0."""
    return random.Random(f"after {seed}").getrandbits(31)
