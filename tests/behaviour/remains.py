"""Remains: what processes hold, so that a test sees what a scenario left behind. Through ``/proc``."""

import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.behaviour.colours import BOUND_S


def holdings(*pids: int) -> Counter[str]:
    """The open descriptors and the children of processes. A descriptor is named by what it leads to.

    Zygotes are meant to stay, with what is needed to talk to them. What they started counts.
    """
    found: Counter[str] = Counter()
    for pid in pids:
        found.update(_descriptors(pid))
        for child in _children(pid):
            if b"openenv.sessions.zygote" in _command(child):
                found.subtract(_ties(pid, child))
                found.update(f"{child} started {grandchild}" for grandchild in _children(child))
            else:
                found[f"{pid} started {child}"] += 1
    return found


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


def _descriptors(pid: int) -> list[str]:
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(link)
        except OSError:  # closed meanwhile, as the one for the listing itself
            continue
        if target != f"/proc/{pid}/fd":
            found.append(f"{pid} holds {'a socket' if target.startswith('socket:') else target}")
    pollers = f"{pid} holds anon_inode:[eventpoll]"  # which the websockets library's servers leave to the collector
    return [name for name in found if name != pollers] + [pollers] * (pollers in found)


def _children(pid: int) -> set[int]:
    found: set[int] = set()
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found.update(map(int, (task / "children").read_text().split()))
    except OSError:  # it ended meanwhile
        pass
    return found


def family(pid: int) -> set[int]:
    """A process's children, and theirs, and so on."""
    found = set(_children(pid))
    return found.union(*map(family, found))


def parent_of(pid: int) -> int:
    """The process that it is a child of."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _ties(pid: int, zygote: int) -> list[str]:
    """What a process holds of its zygote."""
    try:
        output = os.readlink(f"/proc/{zygote}/fd/1")
    except OSError:
        return []
    return [f"{pid} holds {tie}" for tie in ("a socket", "anon_inode:[pidfd]", output)]
