"""Pushes for many carts at once. The programs of EnvPool and of the reference take the same, so it needs nothing but
Python's library."""

import random

_BATCHES = 64


def action_batches(count: int) -> list[list[int]]:
    """Random ones, the same every time, to be taken again and again: an episode lasts about twenty steps."""
    drawing = random.Random(0)
    return [drawing.choices((0, 1), k=count) for _ in range(_BATCHES)]
