"""Zygotes: processes that have imported an environment once, from which its sessions are forked."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import sys
import threading
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress

from openenv.processes import fork_messages
from openenv.processes.child import Child
from openenv.processes.fork_messages import Exited, Fork, Forked, Preload
from openenv.processes.launcher import launcher
from openenv.processes.output import Output

PROGRAM = "openenv.sessions.zygote"


class ForkedProcess:
    """A process that a zygote makes. It has no pid until the zygote has got to it."""

    def __init__(self, zygote: Zygote, output: Output, release: Callable[[], None]) -> None:
        self._zygote = zygote
        self._output = output
        self._ended = threading.Event()
        self._returncode: int | None = None
        self._pidfd: int | None = None
        self._doomed = False
        self.pid: int | None = None
        self.release = release

    @property
    def last_words(self) -> str:
        """The last lines that it printed, at most 8 KiB; its zygote's where it has never begun."""
        return self._output.last_words or ("" if self.pid else self._zygote.last_words)

    def wait(self, timeout_s: float) -> int | None:
        """Its return code, negative for a signal; None when it has not ended by then."""
        return self._returncode if self._ended.wait(timeout_s) else None

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

    def started(self, pid: int, pidfd: int | None) -> None:
        """The zygote's report that it was made."""
        self.pid, self._pidfd = pid, pidfd
        if self._doomed:
            self.kill()

    def exited(self, returncode: int) -> None:
        """The zygote's report that it has ended."""
        self._output.closed or self._output.forward()
        self._returncode = returncode
        pidfd, self._pidfd = self._pidfd, None
        if pidfd is not None:
            os.close(pidfd)
        self._ended.set()
        self.release()  # a process that it started may hold its channel open: nobody shall wait for that one

    def _signal(self, number: int) -> None:
        if self._ended.is_set():
            return
        with suppress(ProcessLookupError, OSError):  # it has ended in between
            if self._pidfd is not None:
                signal.pidfd_send_signal(self._pidfd, number)
            elif self.pid is not None:
                os.kill(self.pid, number)


class Zygote:
    """One zygote. It ends with this process, and what it made ends with it. OSError when it cannot start, TypeError or
    ValueError when the operating system has no form for a variable of ``env``.

    ``preload`` is handed to its program as it stands: what to import before the first fork.
    """

    def __init__(self, preload: bytes, env: Mapping[str, str]) -> None:
        self.env = env
        self._lock = threading.Lock()  # one order is sent at a time
        self._tokens = itertools.count(1)
        self._ordered: dict[int, ForkedProcess] = {}
        self._living: dict[int, ForkedProcess] = {}
        self._has_forked = False
        self._control, theirs = socket.socketpair()
        command = [sys.executable, "-m", PROGRAM, str(theirs.fileno()), str(os.getpid())]
        try:
            self._process: Child = launcher().launch(command, pass_fds=[theirs.fileno()], env=env)
        except BaseException:
            self._control.close()
            raise
        finally:
            theirs.close()
        self._process.release = self._hang_up
        with suppress(OSError):  # it has ended already, which the first fork is told
            fork_messages.send(self._control, Preload(preload))
        launcher().post(self._begin)

    @property
    def is_alive(self) -> bool:
        """It may make children."""
        return self._process.wait(0) is None

    @property
    def is_idle(self) -> bool:
        """Nothing that it made, or is to make, lives."""
        return not self._ordered and not self._living

    @property
    def last_words(self) -> str:
        """What it printed itself."""
        return self._process.last_words

    def fork(self) -> tuple[socket.socket, ForkedProcess]:
        """Order a child and return at once; its channel is connected already. What goes wrong from here on shows as
        the channel's end. OSError when the zygote is gone."""
        ours, theirs = socket.socketpair()
        read_end, write_end = os.pipe()
        output = Output(read_end)
        end = weakref.ref(ours)
        forked = ForkedProcess(self, output, lambda: hang_up(end()))
        token = next(self._tokens)
        try:
            with self._lock:
                self._ordered[token] = forked
                order = Fork(token, os.getcwd())
                fork_messages.send(self._control, order, [theirs.fileno(), write_end])
        except BaseException:
            self._ordered.pop(token, None)
            ours.close()
            output.close()
            raise
        finally:
            theirs.close()
            os.close(write_end)
        launcher().post(lambda: launcher().forward(output))
        if not self.is_alive:  # and may have been told so before the order was noted
            launcher().post(self._mourn)
        return ours, forked

    def give_up(self) -> None:
        """End it where it has not come as far as to make a child: whatever it imports takes too long."""
        if not self._has_forked:
            self._process.kill()

    def close(self) -> None:
        """Let it end, and what it made."""
        self._hang_up()

    def _begin(self) -> None:
        launcher().listen(self._control.fileno(), self._listen)
        self._process.on_end = self._mourn
        if not self.is_alive:
            self._mourn()

    def _listen(self) -> None:
        """One report, on the launcher's thread."""
        try:
            received = fork_messages.receive(self._control)
        except OSError:
            received = None
        if received is None:
            launcher().ignore(self._control.fileno())
            with self._lock:
                self._control.close()
            return
        report, fds = received
        if isinstance(report, Forked):
            self._has_forked = True
            forked = self._ordered.pop(report.token)
            self._living[report.pid] = forked
            forked.started(report.pid, fds[0] if fds else None)
        elif isinstance(report, Exited) and (gone := self._living.pop(report.pid, None)) is not None:
            gone.exited(report.returncode)

    def _mourn(self) -> None:
        """The zygote is gone, and the kernel ends what it made."""
        while self._control.fileno() >= 0:  # what it has reported before
            self._listen()
        returncode = self._process.wait(0)
        for token in list(self._ordered):
            self._ordered.pop(token).exited(returncode if returncode is not None else -signal.SIGKILL)
        for pid in list(self._living):
            self._living.pop(pid).exited(-signal.SIGKILL)

    def _hang_up(self) -> None:
        hang_up(self._control)


def hang_up(sock: socket.socket | None) -> None:
    """End a stream, also where a forked process holds the socket too."""
    with suppress(OSError):  # already closed
        if sock is not None:
            sock.shutdown(socket.SHUT_RDWR)
