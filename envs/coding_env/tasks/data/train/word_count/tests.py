"""What counting words prints."""

from typing import Any

from coding_env.tasks.prelude import printed


def counted(solution: Any, text: str, most: int) -> list[str]:
    return printed(solution, f"python3 solution.py {most}", text)


def test_frequency_and_then_alphabet(solution: Any) -> None:
    text = "The cat and the dog.\nA dog; a CAT! the bird\n"
    assert counted(solution, text, 10) == ["the 3", "a 2", "cat 2", "dog 2", "and 1", "bird 1"]
    assert counted(solution, text, 3) == ["the 3", "a 2", "cat 2"]


def test_what_separates_words(solution: Any) -> None:
    assert counted(solution, "don't 3rd_place x2y", 9) == ["don 1", "place 1", "rd 1", "t 1", "x 1", "y 1"]


def test_other_alphabets(solution: Any) -> None:
    assert counted(solution, "Straße ÜBER über жук ЖУК жук", 2) == ["жук 3", "über 2"]


def test_little_input(solution: Any) -> None:
    assert counted(solution, "", 5) == []
    assert counted(solution, "42 -- 7", 5) == []
    assert counted(solution, "one", 0) == []
