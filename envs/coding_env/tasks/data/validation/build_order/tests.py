"""In which order targets are built."""

from itertools import pairwise
from typing import Any

from coding_env.tasks.prelude import each, returned


def test_the_example(solution: Any) -> None:
    assert returned(solution, "order", {"app": ["lib", "docs"], "lib": ["core"]}) == ["core", "docs", "lib", "app"]


def test_choices_are_by_alphabet(solution: Any) -> None:
    assert returned(solution, "order", {"c": [], "a": ["z"], "b": []}) == ["b", "c", "z", "a"]
    assert returned(solution, "order", {"a": ["c"], "b": [], "c": [], "d": ["a", "b"]}) == ["b", "c", "a", "d"]


def test_nothing_and_repetitions(solution: Any) -> None:
    assert returned(solution, "order", {}) == []
    assert returned(solution, "order", {"a": ["b", "b"]}) == ["b", "a"]


def test_circles(solution: Any) -> None:
    circles: list[dict[str, list[str]]] = [
        {"a": ["a"]},
        {"a": ["b"], "b": ["a"]},
        {"x": [], "a": ["b"], "b": ["c"], "c": ["a"]},
    ]
    assert each(solution, "order", [(targets,) for targets in circles]) == [[None, "ValueError"]] * 3


def test_a_long_chain(solution: Any) -> None:
    names = [f"t{number:05}" for number in range(5000)]
    chain = {later: [earlier] for earlier, later in pairwise(names)}
    assert returned(solution, "order", dict(reversed(chain.items()))) == names
