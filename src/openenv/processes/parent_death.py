"""Ending with the parent, whatever ends it: the kernel's promise where it gives one (Linux)."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int | None = None) -> None:
    """Ask for SIGKILL when the parent dies (prctl(2), PR_SET_PDEATHSIG). Elsewhere the end of file on the channel is
    all there is. ``parent`` is its process id, for a child that would not notice otherwise that it is gone already."""
    if sys.platform != "linux":
        return
    parent = os.getppid() if parent is None else parent
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:  # it died in between
        os._exit(0)
