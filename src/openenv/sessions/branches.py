"""Branches: what makes another environment that goes on from the state of a living one, and what stands against it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any

from openenv.contract.randomness import reseed_process
from openenv.contract.signature import MethodTable
from openenv.errors import UnsupportedOperation
from openenv.processes.fork_loop import can_fork


def check_process(environment: Any, methods: MethodTable) -> None:
    """UnsupportedOperation says why a copy of this process would not be a copy of its environment."""
    name = type(environment).__name__
    if not methods.forks and not getattr(environment, "SUPPORTS_FORK", True):
        raise UnsupportedOperation(f"{name} cannot be forked: it declares SUPPORTS_FORK = False")
    if not can_fork():
        raise UnsupportedOperation(f"{name} cannot be forked: {_why_not()}")
    if not methods.forks and _has_children():
        raise UnsupportedOperation(f"{name} cannot be forked: it has started processes, of which there is no copy")


def check_instance(environment: Any, methods: MethodTable) -> None:
    """UnsupportedOperation says what an environment that shares its process with others lacks."""
    if methods.snapshots or (methods.forks and not methods.awaits):
        return
    name = type(environment).__name__
    if methods.forks:
        raise UnsupportedOperation(f"{name} awaits, and so is forked by its snapshots: override snapshot and restore")
    raise UnsupportedOperation(
        f"{name} cannot be forked where it does not have a process of its own: override fork, or snapshot and restore, "
        "or run its sessions in processes (host_sessions='process')"
    )


def fork(environment: Any, *, whole_process: bool) -> Any:
    """What its ``fork`` returns. TypeError unless that is another environment of its class; where the whole process is
    a copy it may be the same one."""
    branch = environment.fork()
    _check_branch(environment, branch, whole_process=whole_process)
    return branch


def fork_many(environment: Any, count: int, methods: MethodTable) -> Iterator[Any]:
    """In one process, at once where the environment can do that. TypeError as above."""
    made = environment.fork_many(count) if methods.forks_many else (environment.fork() for _ in range(count))
    for branch in made:
        _check_branch(environment, branch, whole_process=False)
        yield branch


def _check_branch(environment: Any, branch: Any, *, whole_process: bool) -> None:
    name = type(environment).__name__
    if not isinstance(branch, type(environment)):
        raise TypeError(f"{name}.fork returned {type(branch).__name__}, not another {name}")
    if branch is environment and not whole_process:
        raise TypeError(f"{name}.fork returned the environment itself, not another {name}")


def reseed(environment: Any, *, whole_process: bool) -> None:
    """Random numbers of its own for a branch; those of the process too where it is the branch's alone."""
    seed = int.from_bytes(os.urandom(4))
    if whole_process:
        reseed_process(seed)
    if (own := getattr(environment, "reseed", None)) is not None:
        own(seed)


def _why_not() -> str:
    names = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    if names:
        return f"its process has other threads ({', '.join(names)[:200]}), and a fork would copy only one"
    return "a library in its process has threads, or this system cannot fork a process safely"


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
