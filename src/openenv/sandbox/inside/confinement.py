"""Confinement: what an interpreter gives up, for good, before it runs what it is sent."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable

from openenv.sandbox.inside import landlock, syscalls
from openenv.sandbox.inside.limits import apply_limits
from openenv.sandbox.inside.plan import SHARED_MEMORY, Place, Plan


def confine(plan: Plan, place: Place) -> None:
    """Limits, capabilities, Landlock, seccomp, in this order."""
    apply_limits(plan.limits)
    if plan.namespaces:
        syscalls.drop_capabilities()
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)
    confine_files(plan, place.workspace, place.tmp, place.ahead)
    for program in plan.filters:
        syscalls.refuse_system_calls(program)


def confine_files(plan: Plan, *writable: str) -> None:
    """To these directories. A further time this is one more layer, and what the one before refuses stays refused."""
    if plan.landlock:
        shared = [SHARED_MEMORY] if plan.namespaces else []
        landlock.restrict(
            abi=plan.landlock,
            readable=plan.readable,
            writable=[*writable, *shared, *plan.devices],
            listable=plan.listable,
        )


def close_all_but(kept: Iterable[int]) -> None:
    """Every other file descriptor from 3 on."""
    first = 3
    for fd in sorted(kept):
        os.closerange(first, fd)
        first = max(first, fd + 1)
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))


def reset_signals() -> None:
    """As in a program that has just been started."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
