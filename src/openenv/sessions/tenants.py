"""Tenants: branches that live in the process of the session that they have branched off from, each on a thread."""

from __future__ import annotations

import itertools
import os
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from openenv.errors import ExecutionError
from openenv.processes.branching import Brancher
from openenv.sessions.dispatch import Dispatch

Serve = Callable[[socket.socket, Dispatch], None]
"""Answers what comes over a connection of its own to a branch, until that is hung up."""


class Tenants:
    """Those of one process, also the branches of branches."""

    def __init__(self, brancher: Brancher, serve: Serve) -> None:
        self._brancher = brancher
        self._serve = serve
        self._numbers = itertools.count(1)
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()  # protects their list: branches fork on their threads

    def admit(self, branches: Sequence[Dispatch]) -> list[int]:
        """Give each a thread; their numbers. ExecutionError when there is no room for one: then all are closed, and
        their owner hangs up those that it has heard of."""
        left = list(branches)
        numbers = []
        try:
            while left:
                numbers.append(self._admit(left[0]))
                left.pop(0)
        except (OSError, RuntimeError) as error:
            for branch in left:
                branch.close()
            raise ExecutionError(f"there is no thread for one more branch: {error}", type(error).__name__) from error
        return numbers

    def wait(self) -> None:
        """Until all have ended."""
        while (thread := self._last()) is not None:
            thread.join()

    def _last(self) -> threading.Thread | None:
        with self._lock:
            return self._threads.pop() if self._threads else None

    def _admit(self, branch: Dispatch) -> int:
        number = next(self._numbers)
        sock, end = self._brancher.connect(number)
        thread = threading.Thread(
            target=self._live, args=(branch, sock, end), name=f"openenv-branch-{number}", daemon=True
        )
        try:
            thread.start()
        except BaseException:
            sock.close()
            os.close(end)
            raise
        with self._lock:
            self._threads = [known for known in self._threads if known.is_alive()] + [thread]
        return number

    def _live(self, branch: Dispatch, sock: socket.socket, end: int) -> None:
        try:
            self._serve(sock, branch)
        finally:
            with suppress(OSError):  # nobody waits for that any more
                os.write(end, b"x")
            os.close(end)
