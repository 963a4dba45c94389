"""What an edit script does, and how long it is."""

import random
from typing import Any

from coding_env.tasks.prelude import returned

DISTANCES = {
    ("", ""): 0,
    ("a", ""): 1,
    ("", "abc"): 3,
    ("cat", "cut"): 1,
    ("kitten", "sitting"): 3,
    ("intention", "execution"): 5,
    ("abcdef", "bcdefa"): 2,
    ("aaaa", "aa"): 2,
    ("Straße", "Strasse"): 2,
}


def test_known_distances(solution: Any) -> None:
    for (before, after), distance in DISTANCES.items():
        found = returned(solution, "edits", before, after)
        assert applied(before, found) == after
        assert len(found) == distance


def test_the_example(solution: Any) -> None:
    assert returned(solution, "edits", "cat", "cut") == [["replace", 1, "u"]]


def test_long_texts(solution: Any) -> None:
    draw = random.Random(3)
    for length in (30, 120, 300):
        before = "".join(draw.choices("abcd", k=length))
        changed = sorted(draw.sample(range(length), 6))
        after = "".join(
            "x" if index in changed[:3] else "" if index in changed else sign for index, sign in enumerate(before)
        )
        found = returned(solution, "edits", before, after)
        assert applied(before, found) == after
        assert 3 <= len(found) <= 6


def applied(text: str, edits: list[list[Any]]) -> str:
    for kind, index, *signs in edits:
        assert 0 <= index <= len(text) - (kind != "insert")
        assert all(isinstance(sign, str) and len(sign) == 1 for sign in signs)
        assert len(signs) == (kind != "delete")
        text = text[:index] + "".join(signs) + text[index + (kind != "insert") :]
    return text
