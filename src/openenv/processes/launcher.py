"""The launcher: the one thread from which this process starts its children, forwards their stderr and reaps them.

A child asks the kernel to end it with its parent (``PR_SET_PDEATHSIG``), and the kernel means the parent's *thread*:
children therefore start from a thread that lives as long as the process.
"""

from __future__ import annotations

import atexit
import os
import selectors
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from openenv.processes.child import Child
from openenv.processes.output import Output

T = TypeVar("T")

_EXIT_GRACE_S = 5.0


class Launcher:
    """Starts children and watches over them from a thread of its own."""

    def __init__(self) -> None:
        self._jobs: deque[Callable[[], None]] = deque()
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        self._selector.register(self._wake_read, selectors.EVENT_READ, self._run_jobs)
        self._children: set[Child] = set()
        threading.Thread(target=self._loop, name="openenv-launcher", daemon=True).start()

    def launch(self, command: Sequence[str], *, pass_fds: Sequence[int] = (), env: Mapping[str, str]) -> Child:
        """Start a program in a session of its own, so that Ctrl-C does not reach it. OSError when it cannot start,
        TypeError or ValueError when the operating system has no form for an argument.

        Its standard input is empty; its standard output and error are forwarded to this process's standard error.
        """
        return self.call(lambda: self._start(command, pass_fds, env))

    def call(self, function: Callable[[], T]) -> T:
        """Call a function that starts a process on the launcher's thread, for what has to belong to a thread that lives
        as long as this process. It raises what `launch` raises."""
        result: list[T] = []
        raised: list[Exception] = []
        called = threading.Event()

        def job() -> None:
            try:
                result.append(function())
            except Exception as error:
                raised.append(error)
            called.set()

        self.post(job)
        called.wait()
        if raised:
            raise raised[0]
        return result[0]

    def close_children(self) -> None:
        """Ask every child to end (end of file on its channel), and wait for a bounded time until all have."""
        alive = list(self._children)
        for child in alive:
            child.release()
        for child in alive:
            child.wait(_EXIT_GRACE_S)

    def post(self, job: Callable[[], None]) -> None:
        """Call a function on the launcher's thread, soon; it must not raise."""
        self._jobs.append(job)
        os.write(self._wake_write, b"x")

    def listen(self, fd: int, callback: Callable[[], None]) -> None:
        """On the launcher's thread: call back there whenever there is something to read."""
        self._selector.register(fd, selectors.EVENT_READ, callback)

    def ignore(self, fd: int) -> None:
        """On the launcher's thread: listen no more."""
        self._selector.unregister(fd)

    def forward(self, output: Output) -> None:
        """On the launcher's thread: pass on what a process prints, until its end of file."""
        self._forward(output, then=lambda: self.silence(output))

    def _forward(self, output: Output, *, then: Callable[[], None]) -> None:
        def callback() -> None:
            if not output.forward():
                then()

        self.listen(output.fd, callback)

    def silence(self, output: Output) -> None:
        """On the launcher's thread: stop passing on."""
        if not output.closed:
            self.ignore(output.fd)
            output.close()

    def _start(self, command: Sequence[str], pass_fds: Sequence[int], env: Mapping[str, str]) -> Child:
        read_end, write_end = os.pipe()
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=write_end,
                stderr=subprocess.STDOUT,
                pass_fds=pass_fds,
                env=dict(env),
                start_new_session=True,
            )
        except BaseException:
            os.close(read_end)
            raise
        finally:
            os.close(write_end)
        child = Child(process, Output(read_end))
        self._children.add(child)
        if child.pidfd is not None:
            self.forward(child.output)
            self.listen(child.pidfd, lambda: self._reap(child))
        else:  # its end of file says that it, and all that it started, are gone
            self._forward(child.output, then=lambda: self._reap(child))
        return child

    def _loop(self) -> None:
        while True:
            for key, _ in self._selector.select():
                key.data()

    def _run_jobs(self) -> None:
        os.read(self._wake_read, 4096)
        while self._jobs:
            self._jobs.popleft()()

    def _reap(self, child: Child) -> None:
        if child.pidfd is not None:
            self.ignore(child.pidfd)
        if not child.output.closed:
            child.output.forward()
        if child.pidfd is None:
            self.silence(child.output)
        child.reap()
        child.release()  # a process that it started may hold its channel open: nobody shall wait for that one
        self._children.discard(child)


_lock = threading.Lock()  # protects _launcher, so that one process has one
_launcher: Launcher | None = None


def launcher() -> Launcher:
    """This process's launcher, started on first use."""
    global _launcher
    with _lock:
        if _launcher is None:
            _launcher = Launcher()
            atexit.register(_launcher.close_children)
        return _launcher


def _forget() -> None:
    """After a fork the thread is the parent's, and so are the children."""
    global _launcher, _lock
    if _launcher is not None:
        atexit.unregister(_launcher.close_children)
    _launcher, _lock = None, threading.Lock()


os.register_at_fork(after_in_child=_forget)
