"""The watcher: the one thread that answers the pings of idle blocking connections.

A server that pings (the reference does, every 20 s) hangs up on a client that does not answer, and a blocking client
that computes for a minute answers nothing.
"""

from __future__ import annotations

import os
import threading
from typing import Protocol
from weakref import WeakSet

_TICK_S = 2.0


class Idle(Protocol):
    """A connection that may be idle."""

    @property
    def is_open(self) -> bool:
        """It is worth watching."""
        ...

    def answer_pings(self) -> None:
        """Read and answer what has come, unless a call is using the connection. Does not block."""
        ...


class Watcher:
    """Looks at every open connection once per tick; its thread ends when there is none left."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # protects the set and the thread
        self._connections: WeakSet[Idle] = WeakSet()
        self._thread: threading.Thread | None = None
        self._tick = threading.Event()  # never set: waiting for it is the clock

    def watch(self, connection: Idle) -> None:
        """Answer for this connection from now on."""
        with self._lock:
            self._connections.add(connection)
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, name="openenv-watcher", daemon=True)
                self._thread.start()

    def _loop(self) -> None:
        while self._look():
            self._tick.wait(_TICK_S)

    def _look(self) -> bool:
        with self._lock:
            connections = [connection for connection in self._connections if connection.is_open]
            self._connections = WeakSet(connections)
            if not connections:
                self._thread = None
        for connection in connections:
            connection.answer_pings()
        return bool(connections)


_watcher = Watcher()


def watch(connection: Idle) -> None:
    """Answer pings for this connection while nobody calls."""
    _watcher.watch(connection)


def _forget() -> None:
    """After a fork, the thread is the parent's."""
    global _watcher
    _watcher = Watcher()


os.register_at_fork(after_in_child=_forget)
