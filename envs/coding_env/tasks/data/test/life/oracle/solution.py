"""Conway's game of life on a board without edges."""

from collections import Counter

AROUND = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if (x, y) != (0, 0)]


def evolve(cells: list[list[int]], generations: int) -> list[list[int]]:
    """The living cells after so many generations, in order."""
    living = {(x, y) for x, y in cells}
    for _ in range(generations):
        neighbours = Counter((x + right, y + up) for x, y in living for right, up in AROUND)
        living = {cell for cell, count in neighbours.items() if count == 3 or (count == 2 and cell in living)}
    return [list(cell) for cell in sorted(living)]
