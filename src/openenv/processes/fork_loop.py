"""The fork loop: what a zygote does. It makes children when it is told to, and reports how its descendants end."""

from __future__ import annotations

import atexit
import gc
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from openenv.contract.randomness import reseed_process
from openenv.processes import fork_messages
from openenv.processes.branching import Announcements, Brancher
from openenv.processes.fork_messages import Branched, Exited, Fork, Forked
from openenv.processes.parent_death import adopt_orphans, end_with_parent

BeChild = Callable[[socket.socket, Brancher | None], object]
"""What a child does with its channel, and with what it can fork itself with, until it ends. What it returns is not
freed before the process is gone, which takes care of that faster."""

_GRACE_S = 5.0


class ForkLoop:
    """Runs until the owner hangs up or ends, and then gives the children a moment to end by themselves.

    While this process has one thread, children are forked; else they are started afresh, as ``command`` followed by
    the number of the channel's file descriptor and this process's id.
    """

    def __init__(self, control: socket.socket, *, be_child: BeChild, command: Sequence[str]) -> None:
        self._control = control
        self._be_child = be_child
        self._command = command
        self._children: dict[int, subprocess.Popen[bytes] | None] = {}
        self._unborn: dict[int, int] = {}
        """Branches that have only begun, and what each is a copy of: with that one they end, whatever they do."""
        self._selector = selectors.DefaultSelector()
        self._wake, self._wake_write = os.pipe()
        self._own_fds = [control.fileno(), self._wake, self._wake_write]
        self._announcements = Announcements() if sys.platform == "linux" else None

    def run(self, owner: int) -> None:
        """``owner`` is the process id of the parent. Its end is noticed, where it can be watched, also when a process
        that it forked holds the control socket open."""
        adopt_orphans()
        gc.freeze()  # what was imported is shared: a collection in a child would copy it
        self._watch_children()
        self._selector.register(self._control, selectors.EVENT_READ)
        if self._announcements is not None:
            self._selector.register(self._announcements, selectors.EVENT_READ)
        with suppress(OSError, AttributeError):  # it has ended, which the control socket says; or not on this system
            self._own_fds.append(os.pidfd_open(owner))
            self._selector.register(self._own_fds[-1], selectors.EVENT_READ)
        if os.getppid() == owner:
            with suppress(OSError):  # the owner is gone
                while self._turn():
                    pass
        self._end_children()

    def _turn(self) -> bool:
        """Do what there is to do; False when the owner is gone."""
        ready = {key.fileobj for key, _ in self._selector.select()}
        if self._wake in ready:
            for exited in self._exits():
                fork_messages.send(self._control, exited)
        if self._announcements in ready:
            self._pass_branches_on()
        if ready - {self._wake, self._control, self._announcements}:
            return False
        if self._control in ready:
            received = fork_messages.receive(self._control)
            if received is None:
                return False
            order, fds = received
            assert isinstance(order, Fork)
            self._make_child(order, *fds)
        return True

    def _watch_children(self) -> None:
        for fd in (self._wake, self._wake_write):
            os.set_blocking(fd, False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)  # so that the signal writes into the pipe
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        self._selector.register(self._wake, selectors.EVENT_READ)

    def _exits(self) -> list[Exited]:
        """Reap all that have ended. What a child has left in its process group ends with it."""
        with suppress(BlockingIOError):
            os.read(self._wake, 4096)
        found = []
        while (ended := _reap_one()) is not None:
            self._pass_branches_on()  # a branch announces itself before it does anything else
            self._unborn.pop(ended.pid, None)
            if ended.pid in self._children:
                started = self._children.pop(ended.pid)
                if started is not None:
                    started.returncode = ended.returncode  # it need not ask again
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(ended.pid, signal.SIGKILL)
            self._end_unborn()
            found.append(ended)
        return found

    def _make_child(self, order: Fork, channel: int, output: int) -> None:
        started = None if can_fork() else self._start_afresh(order, channel, output)
        pid = os.fork() if started is None else started.pid
        if pid == 0:
            self._become_child(order, channel, output)
        self._children[pid] = started
        os.close(channel)
        os.close(output)
        pidfds = [os.pidfd_open(pid)] if hasattr(os, "pidfd_open") else []
        fork_messages.send(self._control, Forked(order.token, pid), pidfds)
        for pidfd in pidfds:
            os.close(pidfd)

    def _pass_branches_on(self) -> None:
        """Tell the owner of the branches that have announced themselves."""
        while self._announcements is not None and (announced := self._announcements.receive()) is not None:
            pid, parent, number, fds = announced
            if number:
                self._pass_on(Branched(pid, pid, number), fds)
                continue
            if not fds:
                self._unborn[pid] = parent
                continue
            self._unborn.pop(pid, None)
            self._children[pid] = None
            with suppress(ProcessLookupError):  # it has ended already
                fds.append(os.pidfd_open(pid))
            self._pass_on(Branched(parent, pid), fds)
        self._end_unborn()

    def _pass_on(self, report: Branched, fds: list[int]) -> None:
        fork_messages.send(self._control, report, fds)
        for fd in fds:
            os.close(fd)

    def _end_unborn(self) -> None:
        for pid in [pid for pid, parent in self._unborn.items() if parent not in self._children]:
            del self._unborn[pid]
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)

    def _start_afresh(self, order: Fork, channel: int, output: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*self._command, str(channel), str(os.getpid())],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=[channel],
            cwd=order.directory,
            start_new_session=True,
        )

    def _become_child(self, order: Fork, channel: int, output: int) -> None:
        """Never returns: the child must not go on with the loop of its parent."""
        status = 1
        try:
            end_with_parent()
            os.setsid()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._selector.close()
            self._control.detach()
            for fd in self._own_fds:
                os.close(fd)
            for fd in (1, 2):
                os.dup2(output, fd)
            os.close(output)
            os.chdir(order.directory)
            atexit._clear()  # what is to be done at the end of the parent
            reseed_process()
            brancher = None if self._announcements is None else self._announcements.brancher()
            with socket.socket(fileno=channel) as sock:
                kept = self._be_child(sock, brancher)  # noqa: F841
            status = 0
        except SystemExit as error:
            status = error.code if isinstance(error.code, int) else 1
        except BaseException:  # the top of the process: the hook prints what nobody caught
            sys.excepthook(*sys.exc_info())
        finally:
            with suppress(Exception):  # what one raises is printed
                atexit._run_exitfuncs()
            for stream in (sys.stdout, sys.stderr):
                with suppress(Exception):
                    stream.flush()
            os._exit(status)

    def _end_children(self) -> None:
        """Ask them to end, and wait for a bounded time; what stays ends with this process."""
        for pid in self._children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE_S
        while self._children and (left_s := deadline - time.monotonic()) > 0:
            for key, _ in self._selector.select(left_s):
                if key.fileobj != self._wake:
                    self._selector.unregister(key.fileobj)
            self._exits()
        for pid in self._children:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)


def can_fork() -> bool:
    """A fork copies the calling thread only, and what others hold stays locked: this process must have no other."""
    if sys.platform != "linux":
        return False
    return threading.active_count() == 1 and len(os.listdir("/proc/self/task")) == 1


def _reap_one() -> Exited | None:
    try:
        pid, status = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return None
    return Exited(pid, os.waitstatus_to_exitcode(status)) if pid else None
