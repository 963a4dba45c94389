"""Conway's game of life on a board without edges."""


def evolve(cells: list[list[int]], generations: int) -> list[list[int]]:
    """The living cells after so many generations, in order."""
    raise NotImplementedError
