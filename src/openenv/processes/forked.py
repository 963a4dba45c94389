"""A forked process: what its owner holds of a child that a zygote made, and of the branches of that child."""

from __future__ import annotations

import os
import select
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Protocol

from openenv.processes.child import Process
from openenv.processes.output import Output

_TOLD_WITHIN_S = 5.0
_GONE_WITHIN_S = 1.0


class Origin(Protocol):
    """The zygote of a process."""

    @property
    def last_words(self) -> str:
        """What it printed itself."""
        ...

    def give_up(self) -> None:
        """End it where it has not come as far as to make a child."""
        ...


class Forkable(Process, Protocol):
    """What has a session that can be forked: a process, or a branch that lives on a thread of one."""

    @property
    def is_shared(self) -> bool:
        """Branches live on threads of it, so that it does not end with its own session."""
        ...

    def take_branch(self, key: int) -> tuple[socket.socket, Forkable]:
        """A branch that was made, and its channel. ConnectionError when there is none."""
        ...

    def branching(self) -> AbstractContextManager[None]:
        """While branches are made and taken."""
        ...


class ForkedProcess:
    """A process that a zygote makes, or a branch of one. It has no pid until the zygote has got to it."""

    def __init__(self, zygote: Origin, output: Output, release: Callable[[], None]) -> None:
        self._zygote = zygote
        self._output = output
        self._ended = threading.Event()
        self._returncode: int | None = None
        self._pidfd: int | None = None
        self._doomed = False
        self.pid: int | None = None
        self.release = release
        self._branches: dict[int, tuple[socket.socket, Forkable]] = {}
        self._forks = 0
        self._tenants = 0
        self._branching = threading.Condition()  # protects _branches, _forks and _tenants

    @property
    def last_words(self) -> str:
        """The last lines that it printed, at most 8 KiB; its zygote's where it has never begun."""
        return self._output.last_words or ("" if self.pid else self._zygote.last_words)

    def wait(self, timeout_s: float) -> int | None:
        """Its return code, negative for a signal; None when it has not ended by then."""
        has_ended = self._ended.is_set() or (timeout_s > 0 and self._ended.wait(timeout_s))
        return self._returncode if has_ended else None

    def interrupt(self) -> None:
        """Interrupt what it does (SIGINT)."""
        self._signal(signal.SIGINT)

    def terminate(self) -> None:
        """Ask it to end (SIGTERM)."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it and all that is in its process group, at once; before it has begun, as soon as it begins."""
        self._doomed = True
        if self.pid is None:
            self._zygote.give_up()
        elif not self._ended.is_set():
            self._signal(signal.SIGKILL)
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    @property
    def is_shared(self) -> bool:
        """Branches live on threads of it."""
        return self._tenants > 0

    def take_branch(self, key: int) -> tuple[socket.socket, Forkable]:
        """A branch that this process has made of itself, by its process id, or its number as a negative one where it
        lives on a thread; and its channel. ConnectionError when there is none, or nobody tells of it for too long."""
        with self._branching:
            if not self._branching.wait_for(lambda: key in self._branches, _TOLD_WITHIN_S):
                raise ConnectionError(f"the branch {key} is gone")
            return self._branches.pop(key)

    @contextmanager
    def branching(self) -> Iterator[None]:
        """While it forks itself and its branches are taken. What nobody has taken by the end is ended, also when it
        comes later."""
        with self._branching:
            self._forks += 1
        try:
            yield
        finally:
            with self._branching:
                self._forks -= 1
                over = self._forks == 0
            if over:
                self._discard_branches()

    def _discard_branches(self) -> None:
        with self._branching:
            branches, self._branches = self._branches, {}
        for sock, _ in branches.values():
            hang_up(sock)
            sock.close()

    def moved(self, by: int) -> None:
        """So many more branches, or fewer, live on threads of this process."""
        with self._branching:
            self._tenants += by

    def branched(self, key: int, sock: socket.socket, branch: Forkable) -> None:
        """The zygote's report that this process has forked itself."""
        with self._branching:
            self._branches[key] = sock, branch
            wanted = self._forks > 0
            self._branching.notify_all()
        if not wanted:
            self._discard_branches()

    def started(self, pid: int, pidfd: int | None) -> None:
        """The zygote's report that it was made."""
        self.pid, self._pidfd = pid, pidfd
        if self._doomed:
            self.kill()

    def orphaned(self) -> None:
        """Its zygote is gone, and it has been killed: nobody else tells when it has ended."""
        if self._pidfd is not None:
            poll = select.poll()
            poll.register(self._pidfd, select.POLLIN)
            poll.poll(_GONE_WITHIN_S * 1000)
        self.exited(-signal.SIGKILL)

    def exited(self, returncode: int) -> None:
        """The zygote's report that it has ended."""
        if not self._output.closed:
            self._output.forward()
        self._returncode = returncode
        pidfd, self._pidfd = self._pidfd, None
        if pidfd is not None:
            os.close(pidfd)
        self._ended.set()
        self._discard_branches()
        self.release()  # a process that it started may hold its channel open: nobody shall wait for that one

    def _signal(self, number: int) -> None:
        if self._ended.is_set():
            return
        with suppress(OSError):  # it has ended in between
            if self._pidfd is not None:
                signal.pidfd_send_signal(self._pidfd, number)
            elif self.pid is not None:
                os.kill(self.pid, number)


def hang_up(sock: socket.socket | None) -> None:
    """End a stream, also where a forked process holds the socket too."""
    with suppress(OSError):  # already closed
        if sock is not None:
            sock.shutdown(socket.SHUT_RDWR)
