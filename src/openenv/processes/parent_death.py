"""Ending with the parent, whatever ends it: the kernel's promises where it gives them (Linux)."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def end_with_parent(parent: int | None = None) -> None:
    """Ask for SIGKILL when the parent dies (prctl(2), PR_SET_PDEATHSIG). Elsewhere the end of file on the channel is
    all there is. ``parent`` is its process id, for a child that would not notice otherwise that it is gone already."""
    parent = os.getppid() if parent is None else parent
    _control(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if sys.platform == "linux" and os.getppid() != parent:  # it died in between
        os._exit(0)


def outlive_parent() -> None:
    """Undo ``end_with_parent``."""
    _control(_PR_SET_PDEATHSIG, 0)


def adopt_orphans() -> None:
    """Become the parent of what this process's children leave behind (PR_SET_CHILD_SUBREAPER)."""
    _control(_PR_SET_CHILD_SUBREAPER, 1)


def _control(option: int, value: int) -> None:
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(option, value, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), f"prctl({option})")
