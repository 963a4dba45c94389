"""Processes and what they have started, through ``/proc``."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

BOUND_S = 20.0


def children_of(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError):
            found += map(int, (task / "children").read_text().split())
    return found


def descendants_of(pid: int) -> list[int]:
    return [each for child in children_of(pid) for each in (child, *descendants_of(child))]


def is_gone(pid: int) -> bool:
    """No process has this id, or only its parent's note of it is left."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether something that another process does comes true in time."""
    deadline = time.monotonic() + BOUND_S
    while not (true := condition()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return true
