"""Screens of an Atari game's size, as bytes. The reference's programs show the same, so it needs nothing but Python's
library."""

import random

SHAPE = (210, 160, 3)
SIZE = 210 * 160 * 3
COUNT = 8

_ROWS, _COLUMNS = 210, 160
_BLACK = bytes(3)
_COLOURS = (bytes((200, 72, 72)), bytes((180, 122, 48)), bytes((72, 160, 72)), bytes((66, 72, 200)), bytes((142,) * 3))
_BLOCKS = 40


def screens() -> list[bytes]:
    """Different ones, the same every time: blocks of few colours on black."""
    drawing = random.Random(0)
    return [_screen(drawing) for _ in range(COUNT)]


def _screen(drawing: random.Random) -> bytes:
    rows = [bytearray(_BLACK * _COLUMNS) for _ in range(_ROWS)]
    for _ in range(_BLOCKS):
        top, left = drawing.randrange(_ROWS), drawing.randrange(_COLUMNS)
        height, width = drawing.randint(2, 16), min(drawing.randint(4, 40), _COLUMNS - left)
        block = drawing.choice(_COLOURS) * width
        for row in rows[top : top + height]:
            row[3 * left : 3 * (left + width)] = block
    return b"".join(rows)
