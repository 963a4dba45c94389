"""Screens of an Atari game's size, as bytes. The reference's programs show the same, so it needs nothing but Python's
library."""

import random

SHAPE = (210, 160, 3)
SIZE = 210 * 160 * 3
COUNT = 8

# Half of such a screen is black, and the colours are few.
_VALUES = (0, 0, 0, 0, 0, 45, 80, 142, 184, 214)


def screens() -> list[bytes]:
    """Different ones, the same every time."""
    drawing = random.Random(0)
    return [bytes(drawing.choices(_VALUES, k=SIZE)) for _ in range(COUNT)]
