"""Starting a session worker: the program that runs environments in a process of its own, over a socket pair."""

from __future__ import annotations

import pickle
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from openenv.processes.child import Child
from openenv.processes.framing import MessageSocket
from openenv.processes.launcher import launcher
from openenv.settings import child_environment

PROGRAM = "openenv.sessions.worker"


@dataclass(frozen=True)
class WorkerOrder:
    """What a worker is told first: where modules are, and what makes its environments.

    ``factory`` is pickled by the parent, which the worker trusts; nothing is ever unpickled in the other direction.
    """

    sys_path: list[str]
    factory: bytes
    main: dict[str, Any] = field(default_factory=dict)


def launch_worker(
    factory: Callable[[], Any], *, types: Any = None, env_vars: Mapping[str, str] | None = None
) -> tuple[socket.socket, Child]:
    """Start a worker; the socket carries protocol v2 in framed messages. TypeError when the factory has no name that
    another process could find it by."""
    order = WorkerOrder(sys_path=list(sys.path), factory=_pickled(factory, types), main=_main_module(factory))
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", PROGRAM, str(theirs.fileno())]
    try:
        child = launcher().launch(command, pass_fds=[theirs.fileno()], env=child_environment(env_vars or {}))
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
    child.release = lambda: _hang_up(ours)
    MessageSocket(ours).send(pickle.dumps(order))
    return ours, child


def _pickled(factory: Callable[[], Any], types: Any) -> bytes:
    try:
        return pickle.dumps((factory, types))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise TypeError(f"{factory!r} cannot be sent to another process: {error}") from error


def _main_module(factory: Callable[[], Any]) -> dict[str, Any]:
    """What a worker needs in order to import a script again; nothing when the factory lives in a module."""
    if getattr(factory, "__module__", None) != "__main__":
        return {}
    from multiprocessing import spawn  # imported only for scripts

    return spawn.get_preparation_data("openenv-worker")


def _hang_up(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:  # already closed
        pass
