"""The descendants of a process, found in /proc, and ending them all.

A fork bomb is a race, so that nothing here makes more system calls than it needs.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress

_ROUNDS = 1000
_AT_ONCE = 100
"""So many rounds may follow each other; after them, what is killed has some time to end in, unless there is more."""

_PAUSE_S = 0.005
_CHUNK = 1 << 14
_GONE = (FileNotFoundError, ProcessLookupError)


def children_of(pid: int) -> list[int]:
    """The process ids of its children, also of those that have ended and not been waited for."""
    found: list[int] = []
    with suppress(*_GONE):
        only = os.stat(f"/proc/{pid}/task").st_nlink == 3
        for thread in [pid] if only else os.listdir(f"/proc/{pid}/task"):
            found += map(int, _read(f"/proc/{pid}/task/{thread}/children").split())
    return found


def descendants_of(pid: int) -> Iterator[int]:
    """The process ids of all that it has started, and that these have."""
    waiting = children_of(pid)
    while waiting:
        child = waiting.pop()
        yield child
        waiting += children_of(child)


def threads_of(pid: int) -> int:
    """How many it has, the first included; 0 when it is gone."""
    try:
        return os.stat(f"/proc/{pid}/task").st_nlink - 2
    except _GONE:
        return 0


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
        new = set(descendants_of(pid)) - stopped
        if not new:
            break
        _signal_all(new, signal.SIGSTOP)
        stopped |= new
    _signal_all(stopped, signal.SIGKILL)
    killed = stopped
    for number in range(_ROUNDS):
        left = {found for found in descendants_of(pid) if not _has_ended(found)}
        if not left:
            break
        _signal_all(left, signal.SIGKILL)
        if number >= _AT_ONCE and left <= killed:
            time.sleep(_PAUSE_S)
        killed |= left


def _signal_all(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _has_ended(pid: int) -> bool:
    try:
        return _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()[0] in (b"Z", b"X")
    except _GONE:
        return True


def _read(path: str) -> bytes:
    fd = os.open(path, os.O_RDONLY)
    try:
        data = b""
        while part := os.read(fd, _CHUNK):
            data += part
        return data
    finally:
        os.close(fd)
