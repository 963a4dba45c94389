"""Where brackets are not balanced."""

from typing import Any

from coding_env.tasks.prelude import each, returned

FAULTS = {
    "": -1,
    "plain": -1,
    "f(a[1], {2: (3)})": -1,
    "a)b": 1,
    "(]": 1,
    "([)]": 2,
    "()(": 2,
    "((a)": 0,
    "([": 1,
    "{[}": 2,
    'print(")")': -1,
    '"(" + (': 6,
    '"\\")" )': 6,
    '("a': 1,
    '"\\\\")': 4,
    '["a\\"]"]': -1,
    'x = "[(" ]': 9,
    "(\\)": -1,
}


def test_faults(solution: Any) -> None:
    assert each(solution, "first_fault", [(text,) for text in FAULTS]) == [[fault, None] for fault in FAULTS.values()]


def test_deep_nesting(solution: Any) -> None:
    deep = 20_000
    assert returned(solution, "first_fault", "[" * deep + "]" * deep) == -1
    assert returned(solution, "first_fault", "[" * deep + "]" * (deep - 1)) == 0
    assert returned(solution, "first_fault", "(" * deep + "}") == deep
