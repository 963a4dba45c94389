"""How JSON is made flat, and what of it is made again."""

import random
from typing import Any

from coding_env.tasks.prelude import each, returned

EXAMPLES: list[tuple[Any, dict[str, Any]]] = [
    ({"a": [1, {"b.c": []}]}, {"a[0]": 1, "a[1].b\\.c": []}),
    (None, {"": None}),
    ([], {"": []}),
    ({}, {"": {}}),
    ([[1], [[]]], {"[0][0]": 1, "[1][0]": []}),
    ({"": {"": 1}}, {"\\0.\\0": 1}),
    ({"x[0]": 1, "\\": {"0": 2}}, {"x\\[0\\]": 1, "\\\\.0": 2}),
    ({"\\0": 1}, {"\\\\0": 1}),
    ([{"a": True}, {"a": "t"}], {"[0].a": True, "[1].a": "t"}),
]
NONE: list[dict[str, Any]] = [
    {},
    {"[1]": 0},
    {"[0]": 0, "[2]": 0},
    {"a": 1, "[0]": 2},
    {"a": 1, "a.b": 2},
    {"a": [1]},
    {"": 1, "a": 2},
    {"a.b": 1, "a[0]": 2},
]


def test_examples(solution: Any) -> None:
    for value, flat in EXAMPLES:
        assert returned(solution, "flatten", value) == flat
        assert returned(solution, "unflatten", flat) == value


def test_what_no_value_flattens_to(solution: Any) -> None:
    assert each(solution, "unflatten", [(flat,) for flat in NONE]) == [[None, "ValueError"]] * len(NONE)


def test_there_and_back(solution: Any) -> None:
    draw = random.Random(11)
    for _ in range(60):
        value = drawn(draw, depth=4)
        entries = list(returned(solution, "flatten", value).items())
        draw.shuffle(entries)
        assert all(leaf in ({}, []) or not isinstance(leaf, (dict, list)) for _, leaf in entries)
        assert returned(solution, "unflatten", dict(entries)) == value


def drawn(draw: random.Random, *, depth: int) -> Any:
    kind = draw.choice(["leaf", "list", "object"]) if depth else "leaf"
    if kind == "list":
        return [drawn(draw, depth=depth - 1) for _ in range(draw.randrange(12))]
    if kind == "object":
        names = ["".join(draw.choices("ab.[]\\0", k=draw.randrange(4))) for _ in range(draw.randrange(4))]
        return {name: drawn(draw, depth=depth - 1) for name in names}
    return draw.choice([0, -1.5, "", "a.b", True, None])
