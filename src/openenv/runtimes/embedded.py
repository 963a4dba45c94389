"""The embedded runtime: a session worker as a child process, reached over a socket pair. No port, no server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from openenv.processes.child import Process
from openenv.processes.limits import ProcessLimits
from openenv.processes.worker import factory_name, launch_worker
from openenv.runtimes.endpoint import SocketEndpoint

_CLOSE_GRACE_S = 5.0


class EmbeddedRuntime:
    """One worker process per session; it ends with its client, also when that is killed. ``limits`` bind each."""

    isolation = "none (a process of its own)"

    def __init__(
        self,
        factory: Callable[[], Any],
        *,
        env_vars: Mapping[str, str] | None = None,
        limits: ProcessLimits | None = None,
    ) -> None:
        self._factory = factory
        self._env_vars = dict(env_vars or {})
        self._limits = limits
        self._lock = threading.Lock()  # sessions may be opened from several threads
        self._children: list[Process] = []

    def open(self) -> SocketEndpoint:
        """Start a worker; the caller goes on meanwhile."""
        sock, child = launch_worker(self._factory, env_vars=self._env_vars, limits=self._limits)
        self._note(child)
        return SocketEndpoint(sock, child, factory_name(self._factory), self._note)

    def close(self) -> None:
        """Wait for the workers, whose sockets are closed by now; end the ones that stay."""
        for child in self._children:
            if child.wait(_CLOSE_GRACE_S) is None:
                child.kill()
                child.wait(_CLOSE_GRACE_S)
        self._children.clear()

    def _note(self, child: Process) -> None:
        with self._lock:
            self._children = [known for known in self._children if known.wait(0) is None] + [child]
