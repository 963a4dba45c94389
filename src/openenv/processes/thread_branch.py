"""A branch that lives on a thread of the process that it has branched off from, as its owner holds it."""

from __future__ import annotations

import socket
import threading
import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager

from openenv.processes.forked import Forkable, ForkedProcess, hang_up


class ThreadBranch:
    """Nothing can interrupt a thread or end it: it ends when its channel has been hung up and it comes to that."""

    def __init__(self, process: ForkedProcess, channel: socket.socket) -> None:
        self._process = process
        self._ended = threading.Event()
        self._by_itself = False
        held = weakref.ref(channel)  # it belongs to who talks to it
        self.release: Callable[[], None] = lambda: hang_up(held())
        process.moved(+1)

    @property
    def pid(self) -> int | None:
        """That of its process."""
        return self._process.pid

    @property
    def last_words(self) -> str:
        """Those of its process."""
        return self._process.last_words

    @property
    def is_shared(self) -> bool:
        """What it ends with is its own."""
        return False

    def wait(self, timeout_s: float) -> int | None:
        """0 when it has ended by itself, the return code of its process when that has ended; None when it lives."""
        if not self._ended.wait(max(0.0, timeout_s)):
            return None
        return 0 if self._by_itself else self._process.wait(timeout_s)

    def interrupt(self) -> None:
        """Nothing can."""

    def terminate(self) -> None:
        """Ask it to end."""
        self.release()

    def kill(self) -> None:
        """It ends when it comes to it."""
        self.release()

    def take_branch(self, key: int) -> tuple[socket.socket, Forkable]:
        """A branch of this one lives on another thread of the same process."""
        return self._process.take_branch(key)

    def branching(self) -> AbstractContextManager[None]:
        """While its process makes branches."""
        return self._process.branching()

    def ended(self, *, by_itself: bool) -> None:
        """The report that the thread has come to its end, or its process to that of its own."""
        self._by_itself = by_itself
        self._ended.set()
        self._process.moved(-1)
