"""What justifying a text gives."""

import random
import re
from itertools import pairwise
from typing import Any

from coding_env.tasks.prelude import each, returned


def test_the_example(solution: Any) -> None:
    assert returned(solution, "justify", "to be or not to be", 9) == ["to  be or", "not to be"]


def test_spaces_go_to_the_left_first(solution: Any) -> None:
    assert returned(solution, "justify", "a b c dd e", 8) == ["a b c dd", "e       "]
    assert returned(solution, "justify", "aa b c dddd", 8) == ["aa  b  c", "dddd    "]
    assert returned(solution, "justify", "aa b cc d e ffffffffff", 10) == ["aa  b cc d", "e         ", "ffffffffff"]


def test_lines_with_one_word(solution: Any) -> None:
    assert returned(solution, "justify", "abc defgh ij", 6) == ["abc   ", "defgh ", "ij    "]
    assert returned(solution, "justify", "x", 1) == ["x"]


def test_white_space_and_nothing(solution: Any) -> None:
    assert returned(solution, "justify", " a\n\n b\t c ", 5) == ["a b c"]
    assert returned(solution, "justify", " \n ", 5) == returned(solution, "justify", "", 5) == []


def test_a_word_that_is_too_long(solution: Any) -> None:
    assert each(solution, "justify", [("ab abcd", 3)]) == [[None, "ValueError"]]


def test_many_texts(solution: Any) -> None:
    draw = random.Random(5)
    for _ in range(50):
        words = ["x" * draw.randint(1, 12) for _ in range(draw.randint(1, 60))]
        width = draw.randint(12, 40)
        lines = returned(solution, "justify", " ".join(words), width)
        assert " ".join(lines).split() == words
        assert {len(line) for line in lines} == {width}
        for line, following in pairwise(lines):
            held, following_word = line.split(), following.split()[0]
            assert len(" ".join([*held, following_word])) > width
            gaps = [len(gap) for gap in re.findall(" +", line.rstrip())]
            assert gaps == sorted(gaps, reverse=True)
            assert not gaps or (gaps[0] - gaps[-1] <= 1 and line == line.rstrip())
