"""Remains: what processes hold, so that a test sees what a scenario left behind. Through ``/proc``."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from tests.behaviour.colours import BOUND_S


def holdings(*pids: int) -> set[str]:
    """The open descriptors and the children of processes. A descriptor is named by what it leads to."""
    return {name for pid in pids for name in (*_descriptors(pid), *_children(pid))}


def eventually(condition: Callable[[], bool], *, within_s: float = BOUND_S) -> bool:
    """Whether something that another process does comes true in time. For what has no event to wait for."""
    deadline = time.monotonic() + within_s
    while not (true := condition()) and time.monotonic() < deadline:
        time.sleep(0.005)
    return true


def is_gone(pid: int) -> bool:
    """No process has this id, or only its parent's note of it is left."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def _descriptors(pid: int) -> set[str]:
    found = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(link)
        except OSError:  # closed meanwhile, as the one for the listing itself
            continue
        found.add(f"{pid} holds {target}")
    return found - {f"{pid} holds /proc/{pid}/fd"}


def _children(pid: int) -> set[str]:
    found = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found |= {f"{pid} started {child}" for child in (task / "children").read_text().split()}
        except OSError:  # the thread ended meanwhile
            continue
    return found
