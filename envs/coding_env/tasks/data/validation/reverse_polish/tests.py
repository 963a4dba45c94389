"""What evaluating reverse Polish notation gives."""

from typing import Any

from coding_env.tasks.prelude import each

STACKS: dict[str, list[int]] = {
    "": [],
    "  7 ": [7],
    "3 dup * 4 dup * +": [25],
    "10 3 -": [7],
    "1 2 3": [1, 2, 3],
    "1 2 swap -": [1],
    "7 2 /": [3],
    "-7 2 /": [-3],
    "7 -2 /": [-3],
    "-7 -2 /": [3],
    "0 -5 /": [0],
    "007 1\n+\t-2 *": [-16],
    "123456789123456789 dup *": [15241578780673678515622620750190521],
    "-100000000000000000001 10 /": [-10000000000000000000],
}
RAISED = {
    "+": "IndexError",
    "1 +": "IndexError",
    "dup": "IndexError",
    "1 swap": "IndexError",
    "1 + x": "IndexError",
    "1 0 /": "ZeroDivisionError",
    "1 x +": "ValueError",
    "+1": "ValueError",
    "--1": "ValueError",
    "1_0": "ValueError",
    "1.5": "ValueError",
    "٣": "ValueError",
    "2 3 ** ": "ValueError",
    "1 DUP": "ValueError",
}


def test_stacks(solution: Any) -> None:
    assert each(solution, "evaluate", [(text,) for text in STACKS]) == [[stack, None] for stack in STACKS.values()]


def test_faults(solution: Any) -> None:
    assert each(solution, "evaluate", [(text,) for text in RAISED]) == [[None, raised] for raised in RAISED.values()]
