"""What writing and reading Roman numerals does."""

from typing import Any

from coding_env.tasks.prelude import each, returned

KNOWN = {1: "I", 4: "IV", 9: "IX", 14: "XIV", 40: "XL", 90: "XC", 400: "CD", 944: "CMXLIV", 1987: "MCMLXXXVII"}
NONE = ["", "IIII", "IC", "iv", "VV", "XM", "IXI", "MMMM", "X ", "A", "IVIV", "CMCM"]


def test_known_numbers(solution: Any) -> None:
    for number, text in KNOWN.items():
        assert returned(solution, "to_roman", number) == text
        assert returned(solution, "from_roman", text) == number


def test_there_and_back(solution: Any) -> None:
    texts = [text for text, _ in each(solution, "to_roman", [(number,) for number in range(1, 4000)])]
    assert len(set(texts)) == 3999
    assert texts[-1] == "MMMCMXCIX"
    assert each(solution, "from_roman", [(text,) for text in texts]) == [[number, None] for number in range(1, 4000)]


def test_numbers_out_of_range(solution: Any) -> None:
    assert each(solution, "to_roman", [(0,), (-1,), (4000,)]) == [[None, "ValueError"]] * 3


def test_texts_that_are_none(solution: Any) -> None:
    assert each(solution, "from_roman", [(text,) for text in NONE]) == [[None, "ValueError"]] * len(NONE)
