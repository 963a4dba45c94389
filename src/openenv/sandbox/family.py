"""A family: the interpreter of a session and its branches, which share one keeper."""

from __future__ import annotations

import os
import select
import signal
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress

from openenv.errors import SessionLost

_GONE_WITHIN_S = 5.0


class Family:
    """Counts those that are in use. ``keeper`` is the keeper's pidfd, and the session ends with it where it has
    namespaces of its own; ``on_end`` is called once nothing of it is left."""

    def __init__(self, keeper: int, *, has_namespaces: bool, on_end: Callable[[], None]) -> None:
        self._keeper = keeper
        self._close = weakref.finalize(self, os.close, keeper)
        self._close.atexit = False
        self._has_namespaces = has_namespaces
        self._on_end = on_end
        self._members = 1
        self._lock = threading.Lock()  # protects their number: branches are closed in whatever thread

    @property
    def members(self) -> int:
        """How many are in use."""
        return self._members

    def join(self) -> None:
        """One more branch. SessionLost when the last has left."""
        with self._lock:
            if not self._members:
                raise SessionLost("the session was closed while it was forked")
            self._members += 1

    @property
    def ends_with_keeper(self) -> bool:
        """Ending the keeper ends one interpreter and all that it has started, and nothing else."""
        return self._has_namespaces and self._members == 1

    def leave(self) -> bool:
        """One less; True for the last."""
        with self._lock:
            self._members -= 1
            return self._members == 0

    def kill_keeper(self) -> None:
        """At once."""
        if self._close.alive:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._keeper, signal.SIGKILL)

    def watch(self) -> select.epoll:
        """Has an event when the keeper is gone."""
        poller = select.epoll()
        poller.register(self._keeper, select.EPOLLIN)
        return poller

    def is_gone(self) -> None:
        """Release what is held of it."""
        self._close()
        self._on_end()
