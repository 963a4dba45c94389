"""The descendants of a process, found in /proc, and ending them all."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress

_ROUNDS = 1000


def children_of(pid: int) -> list[int]:
    """The process ids of its children, also of those that have ended and not been waited for."""
    found: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                found += map(int, file.read().split())
    return found


def descendants_of(pid: int) -> Iterator[int]:
    """The process ids of all that it has started, and that these have."""
    for child in children_of(pid):
        yield child
        yield from descendants_of(child)


def end(pid: int) -> None:
    """End a process and its descendants, which are its own also when their parents end (it is a subreaper).

    It is stopped first, so that it starts nothing more and still adopts; what is left ends before it does.
    """
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
    end_descendants(pid)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def end_descendants(pid: int) -> None:
    """Stop all of them until no more are found, so that none multiplies, and then end them."""
    stopped: set[int] = set()
    for _ in range(_ROUNDS):
        new = {found for found in descendants_of(pid) if not _has_ended(found)} - stopped
        if not new:
            break
        _signal_all(new, signal.SIGSTOP)
        stopped |= new
    for _ in range(_ROUNDS):
        left = [found for found in descendants_of(pid) if not _has_ended(found)]
        if not left:
            break
        _signal_all(left, signal.SIGKILL)


def _signal_all(pids: set[int] | list[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _has_ended(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] in (b"Z", b"X")
    except (FileNotFoundError, ProcessLookupError):
        return True
