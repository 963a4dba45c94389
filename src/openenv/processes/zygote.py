"""Zygotes: processes that have imported an environment once, from which its sessions are forked."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import sys
import threading
import weakref
from collections.abc import Mapping
from contextlib import suppress

from openenv.processes import fork_messages
from openenv.processes.child import Child
from openenv.processes.fork_messages import Branched, Exited, Fork, Forked, Preload
from openenv.processes.forked import ForkedProcess, hang_up
from openenv.processes.launcher import launcher
from openenv.processes.output import Output
from openenv.processes.thread_branch import ThreadBranch

PROGRAM = "openenv.sessions.zygote"


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
        self._hung_up = False
        self._control, theirs = socket.socketpair()
        command = [sys.executable, "-m", PROGRAM, str(theirs.fileno()), str(os.getpid())]
        try:
            self._process: Child = launcher().launch(command, pass_fds=[theirs.fileno()], env=env)
        except BaseException:
            self._control.close()
            raise
        finally:
            theirs.close()
        self._process.release = self.close
        with suppress(OSError):  # it has ended already, which the first fork is told
            fork_messages.send(self._control, Preload(preload))
        launcher().post(self._begin)

    @property
    def is_alive(self) -> bool:
        """It may make children."""
        return not self._hung_up and self._process.wait(0) is None

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
        the channel's end. ConnectionError when the zygote is gone."""
        ours, theirs = socket.socketpair()
        try:
            read_end, write_end = os.pipe()
        except BaseException:
            ours.close()
            theirs.close()
            raise
        output = Output(read_end)
        forked = self._process_at(ours, output)
        token = next(self._tokens)
        try:
            with self._lock:
                self._ordered[token] = forked
                self._order(Fork(token, os.getcwd()), theirs.fileno(), write_end)
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

    def _process_at(self, sock: socket.socket, output: Output) -> ForkedProcess:
        """A process that is let go by hanging up; its channel belongs to who talks to it."""
        channel = weakref.ref(sock)
        return ForkedProcess(self, output, lambda: hang_up(channel()))

    def _order(self, order: Fork, *fds: int) -> None:
        if self._hung_up:
            raise ConnectionError("the zygote has ended")
        try:
            fork_messages.send(self._control, order, fds)
        except ConnectionError:  # before the launcher was told of its end
            self._hung_up = True
            raise

    def give_up(self) -> None:
        """End it where it has not come as far as to make a child: whatever it imports takes too long."""
        if not self._has_forked:
            self._process.kill()

    def close(self) -> None:
        """Let it end, and what it made."""
        hang_up(self._control)

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
                self._hung_up = True
                self._control.close()
            return
        report, fds = received
        if isinstance(report, Forked):
            self._has_forked = True
            self._forked(report, fds[0] if fds else None)
        elif isinstance(report, Branched):
            self._branched(report, *fds)
        elif isinstance(report, Exited) and (gone := self._living.pop(report.pid, None)) is not None:
            gone.exited(report.returncode)

    def _forked(self, report: Forked, pidfd: int | None) -> None:
        """One that was ordered has begun."""
        forked = self._ordered.pop(report.token, None)
        if forked is not None:
            self._living[report.pid] = forked
            forked.started(report.pid, pidfd)
        elif pidfd is not None:  # an interrupt came behind the order: nobody has its channel, so it ends
            os.close(pidfd)

    def _branched(self, report: Branched, channel: int, output_fd: int, pidfd: int | None = None) -> None:
        """One of those that live has forked itself."""
        if report.number:
            self._branched_on_a_thread(report, socket.socket(fileno=channel), output_fd)
            return
        sock, output = socket.socket(fileno=channel), Output(output_fd)
        branch = self._process_at(sock, output)
        launcher().forward(output)
        self._living[report.pid] = branch
        branch.started(report.pid, pidfd)
        parent = self._living.get(report.parent)
        if parent is None:  # it has ended meanwhile, and nobody asks for what it made
            sock.close()
        else:
            parent.branched(report.pid, sock, branch)

    def _branched_on_a_thread(self, report: Branched, sock: socket.socket, end: int) -> None:
        process = self._living.get(report.pid)
        if process is None:
            sock.close()
            os.close(end)
            return
        branch = ThreadBranch(process, sock)

        def ended() -> None:
            launcher().ignore(end)
            branch.ended(by_itself=bool(os.read(end, 1)))
            os.close(end)

        launcher().listen(end, ended)
        process.branched(-report.number, sock, branch)

    def _mourn(self) -> None:
        """The zygote is gone, and the kernel ends what it made, but not what that has started in turn."""
        while self._control.fileno() >= 0:  # what it has reported before
            self._listen()
        returncode = self._process.wait(0)
        for token in list(self._ordered):
            self._ordered.pop(token).exited(returncode if returncode is not None else -signal.SIGKILL)
        for orphan in self._living.values():
            orphan.kill()
        for pid in list(self._living):
            self._living.pop(pid).orphaned()
