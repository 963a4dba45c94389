"""How life goes on."""

from typing import Any

from coding_env.tasks.prelude import returned

GLIDER = [[1, 0], [2, 1], [0, 2], [1, 2], [2, 2]]
BLINKER = [[0, 1], [1, 1], [2, 1]]
R_PENTOMINO = [[1, 0], [2, 0], [0, 1], [1, 1], [1, 2]]


def test_still_lives_and_blinkers(solution: Any) -> None:
    block = [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert returned(solution, "evolve", block, 7) == block
    assert returned(solution, "evolve", BLINKER, 1) == [[1, 0], [1, 1], [1, 2]]
    assert returned(solution, "evolve", BLINKER, 2) == BLINKER


def test_nothing(solution: Any) -> None:
    assert returned(solution, "evolve", [], 3) == []
    assert returned(solution, "evolve", [[5, 5]], 1) == []
    assert returned(solution, "evolve", [[1, 2], [-1, 3], [1, 2]], 0) == [[-1, 3], [1, 2]]


def test_gliders_far_away(solution: Any) -> None:
    for far in (0, -(10**12)):
        placed = [[x + far, y] for x, y in GLIDER]
        assert returned(solution, "evolve", placed, 2000) == sorted([x + 500, y + 500] for x, y in placed)


def test_growth(solution: Any) -> None:
    counts = [len(returned(solution, "evolve", R_PENTOMINO, generations)) for generations in (0, 1, 2, 3, 10, 100, 200)]
    assert counts == [5, 6, 7, 9, 11, 121, 120]
