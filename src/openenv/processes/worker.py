"""Starting a session worker: the program that runs environments in a process of its own, over a socket pair."""

from __future__ import annotations

import os
import pickle
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from openenv.processes.forked import ForkedProcess
from openenv.processes.framing import MessageSocket
from openenv.processes.limits import ProcessLimits
from openenv.processes.zygote import Zygote
from openenv.settings import child_environment

MAX_ZYGOTES = 8
"""How many stay when nothing of theirs lives."""

_NO_GUARD = (
    "this script starts an environment when it is imported, and the environment's process has to import it: put what "
    'starts it under `if __name__ == "__main__":`'
)

_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Numerical libraries start threads when they are imported; a process with threads cannot be forked."""

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
    environment: dict[str, str | None] = field(default_factory=dict)
    """Variables that differ from the zygote's; None for one that is not set."""
    limits: ProcessLimits = field(default_factory=ProcessLimits)


def launch_worker(
    factory: Callable[[], Any],
    *,
    types: Any = None,
    env_vars: Mapping[str, str] | None = None,
    limits: ProcessLimits | None = None,
) -> tuple[socket.socket, ForkedProcess]:
    """Start a worker; the socket carries protocol v2 in framed messages. TypeError when the factory has no name that
    another process could find it by.

    The worker ends with the socket: when it is closed or forgotten here, and also when this process is killed. Workers
    whose factories live in the same module, and that have the same ``env_vars``, come from one zygote; it has imported
    them with the environment variables of the first.
    """
    if _importing_main:
        raise RuntimeError(_NO_GUARD)
    pickled = _pickled(factory, types)
    order = WorkerOrder(list(sys.path), pickled, factory_name(factory), _main_module(pickled))
    zygote, sock, process = _fork(order, env_vars or {})
    changed = _difference(zygote.env, _environment(env_vars or {}))
    order = replace(order, limits=limits or ProcessLimits(), environment=changed)
    with suppress(OSError):  # it has ended already, which the first request will be told
        MessageSocket(sock).send(pickle.dumps(order))
    return sock, process


def factory_name(factory: Callable[[], Any]) -> str:
    """What messages call a factory: ``module:attribute``."""
    target = getattr(factory, "target", None)
    if isinstance(target, str):
        return target
    named = getattr(factory, "func", factory)  # a partial's
    return f"{named.__module__}:{getattr(named, '__qualname__', type(named).__name__)}"


class _Zygotes:
    """This process's, by what they have imported and the environment variables that they were given."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._living: dict[object, Zygote] = {}

    def get(self, order: WorkerOrder, env_vars: Mapping[str, str]) -> Zygote:
        """The one for these, started unless it lives. Of those that are idle the oldest make room."""
        module = order.name.partition(":")[0]
        script = [order.main.get(f"init_main_from_{what}") for what in ("path", "name")]
        key = (module, tuple(order.sys_path), *script, frozenset(env_vars.items()))
        with self._lock:
            zygote = self._living.pop(key, None)
            if zygote is None or not zygote.is_alive:
                zygote = Zygote(pickle.dumps(order), _environment(env_vars))
            self._living[key] = zygote
            idle = [known for known, other in self._living.items() if other.is_idle and other is not zygote]
            for known in idle[: max(0, len(self._living) - MAX_ZYGOTES)]:
                self._living.pop(known).close()
            return zygote


_zygotes = _Zygotes()


def _fork(order: WorkerOrder, env_vars: Mapping[str, str]) -> tuple[Zygote, socket.socket, ForkedProcess]:
    zygote = _zygotes.get(order, env_vars)
    try:
        return zygote, *zygote.fork()
    except ConnectionError:  # it has ended in between
        zygote = _zygotes.get(order, env_vars)
        return zygote, *zygote.fork()


def _environment(env_vars: Mapping[str, str]) -> dict[str, str]:
    return {**_ONE_THREAD, **child_environment(env_vars)}


def _difference(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str | None]:
    changed: dict[str, str | None] = dict.fromkeys(before.keys() - now.keys())
    return changed | {name: value for name, value in now.items() if before.get(name) != value}


def _forget() -> None:
    """After a fork the zygotes are the parent's."""
    global _zygotes
    _zygotes = _Zygotes()


os.register_at_fork(after_in_child=_forget)


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
