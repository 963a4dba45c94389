"""What a merging of intervals does."""

import random
from itertools import pairwise
from typing import Any

from coding_env.tasks.prelude import returned


def test_examples(solution: Any) -> None:
    assert returned(solution, "merge", [[5, 8], [1, 3], [2, 4]]) == [[1, 4], [5, 8]]
    assert returned(solution, "merge", []) == []
    assert returned(solution, "merge", [[3, 3]]) == [[3, 3]]


def test_touching_and_neighbouring(solution: Any) -> None:
    assert returned(solution, "merge", [[1, 3], [3, 5]]) == [[1, 5]]
    assert returned(solution, "merge", [[1, 3], [4, 5]]) == [[1, 3], [4, 5]]
    assert returned(solution, "merge", [[2, 2], [2, 2], [-1, 0], [0, 0]]) == [[-1, 0], [2, 2]]


def test_one_within_another(solution: Any) -> None:
    assert returned(solution, "merge", [[1, 10], [2, 3], [4, 12], [11, 11]]) == [[1, 12]]


def test_many(solution: Any) -> None:
    draw = random.Random(20)
    for _ in range(20):
        begins = [draw.randrange(-500, 500) for _ in range(60)]
        intervals = [[begin, begin + draw.randrange(12)] for begin in begins]
        merged = returned(solution, "merge", intervals)
        points = {half for begin, end in intervals for half in range(2 * begin, 2 * end + 1)}
        assert {half for begin, end in merged for half in range(2 * begin, 2 * end + 1)} == points
        assert all(one[1] < other[0] for one, other in pairwise(merged))
