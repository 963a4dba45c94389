"""Starting a session worker: the program that runs environments in a process of its own, over a socket pair."""

from __future__ import annotations

import os
import pickle
import socket
import sys
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from openenv.processes.child import Child
from openenv.processes.framing import MessageSocket
from openenv.processes.launcher import launcher
from openenv.settings import child_environment

PROGRAM = "openenv.sessions.worker"

_NO_GUARD = (
    "this script starts an environment when it is imported, and the environment's process has to import it: put what "
    'starts it under `if __name__ == "__main__":`'
)

_importing_main = False


def import_main(data: dict[str, Any]) -> None:
    """Import the parent's script here, as ``__main__``. RuntimeError when that starts an environment in turn."""
    from multiprocessing import spawn

    global _importing_main
    _importing_main = True
    try:
        spawn.prepare(data)
    finally:
        _importing_main = False


@dataclass(frozen=True)
class WorkerOrder:
    """What a worker is told first: where modules are, and what makes its environments, which messages call ``name``.

    ``factory`` is pickled by the parent, which the worker trusts; nothing is ever unpickled in the other direction.
    """

    sys_path: list[str]
    factory: bytes
    name: str
    main: dict[str, Any] = field(default_factory=dict)


def launch_worker(
    factory: Callable[[], Any], *, types: Any = None, env_vars: Mapping[str, str] | None = None
) -> tuple[socket.socket, Child]:
    """Start a worker; the socket carries protocol v2 in framed messages. TypeError when the factory has no name that
    another process could find it by.

    The worker ends with the socket: when it is closed or forgotten here, and also when this process is killed.
    """
    if _importing_main:
        raise RuntimeError(_NO_GUARD)
    pickled = _pickled(factory, types)
    order = WorkerOrder(list(sys.path), pickled, factory_name(factory), _main_module(pickled))
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", PROGRAM, str(theirs.fileno()), str(os.getpid())]
    try:
        child = launcher().launch(command, pass_fds=[theirs.fileno()], env=child_environment(env_vars or {}))
    except (OSError, TypeError, ValueError):
        ours.close()
        raise
    finally:
        theirs.close()
    end = weakref.ref(ours)
    child.release = lambda: _hang_up(end())
    with suppress(OSError):  # it has ended already, which the first request will be told
        MessageSocket(ours).send(pickle.dumps(order))
    return ours, child


def factory_name(factory: Callable[[], Any]) -> str:
    """What messages call a factory: ``module:attribute``."""
    target = getattr(factory, "target", None)
    if isinstance(target, str):
        return target
    named = getattr(factory, "func", factory)  # a partial's
    return f"{named.__module__}:{getattr(named, '__qualname__', type(named).__name__)}"


def _pickled(factory: Callable[[], Any], types: Any) -> bytes:
    try:
        return pickle.dumps((factory, types))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise TypeError(f"{factory!r} cannot be sent to another process: {error}") from error


def _main_module(pickled: bytes) -> dict[str, Any]:
    """What a worker needs in order to import a script again; nothing when the factory lives in a module."""
    if b"__main__" not in pickled:
        return {}
    from multiprocessing import spawn  # imported only for scripts

    prepared = spawn.get_preparation_data("openenv-worker")
    prepared.pop("authkey", None)  # multiprocessing's own secret, which has no business here
    return prepared


def _hang_up(sock: socket.socket | None) -> None:
    try:
        if sock is not None:
            sock.shutdown(socket.SHUT_RDWR)
    except OSError:  # already closed
        pass
