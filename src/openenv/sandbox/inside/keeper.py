"""The keeper: of each session the first process. It runs nobody's code, starts the interpreter and tells how that ends.

It is outside what holds the interpreter (Landlock, seccomp), and with namespaces it is their first process, so that the
session ends with it. Without them it ends all of its descendants itself.
"""

from __future__ import annotations

import os
import select
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NoReturn

from openenv.sandbox.inside import descendants, messages, namespaces, syscalls
from openenv.sandbox.inside.copying import DIRECTORY, copy_tree
from openenv.sandbox.inside.messages import COMMAND, REPORT
from openenv.sandbox.inside.plan import Place, Plan, later

_FEW = 8
_OFTEN_MS, _SELDOM_MS = 30, 300
_MOST_LAYERS = 16
"""Of Landlock around a process, see landlock(7)."""

_MOST_LAYERS_TO_LEAVE = 8
"""Around an interpreter that puts its branches out of its own reach, which costs it one more for each time it is
forked. From then on they stay within it, so that the others are left to branches of branches."""

_TOO_DEEP = f"it is a branch of a branch, and so on, and the kernel has {_MOST_LAYERS} layers of Landlock"


@dataclass
class _Kept:
    """An interpreter: the socket on which it is asked for, where it works, and its process while that lives. A branch
    that has a place is expected until it is known which process it is.

    Its directories are opened once: it may put something else at their paths later. ``ahead`` is that of its next
    branches. Where it leaves them, the first of them makes the one after that; ``layers`` are those of Landlock around
    it at its next fork."""

    control: socket.socket
    place: Place
    original: _Kept | None = None
    layers: int = 1
    workspace: int = -1
    ahead: int = -1
    leaves_branches: bool = False
    pid: int = 0
    is_expected: bool = False

    def go_ahead(self) -> None:
        """Its next branches are made in another directory than those before."""
        before, self.place = self.ahead, replace(self.place, ahead=later(self.place.ahead))
        self.ahead = os.open(os.path.basename(self.place.ahead), DIRECTORY, dir_fd=before)
        os.close(before)
        self.leaves_branches = False
        self.layers += 1

    def report(self, letter: bytes, number: int = 0, *, text: str = "") -> None:
        """To whoever holds the other end."""
        data = REPORT.pack(letter, number) + text.encode(errors="backslashreplace")
        with suppress(OSError):  # nobody listens any more, which the next turn finds
            self.control.send(data[: messages.MAX_REPORT], socket.MSG_DONTWAIT)


class Keeper:
    """``owner`` is a file descriptor that becomes readable when the process ends for which all this is done.
    ``be_interpreter`` never returns."""

    def __init__(
        self,
        control: socket.socket,
        *,
        plan: Plan,
        place: Place,
        owner: int,
        be_interpreter: Callable[[Place], NoReturn],
    ) -> None:
        self._plan = plan
        self._owner = owner
        self._be_interpreter = be_interpreter
        self._first = _Kept(control, place)
        self._first.workspace, self._first.ahead = (os.open(path, DIRECTORY) for path in (place.workspace, place.ahead))
        self._kept = {control.fileno(): self._first}
        self._poll = select.poll()
        self._branches = 0

    def run(self) -> None:
        """Until the last interpreter has ended, or nobody is there for whom to go on."""
        woken = _wake_on_children()
        syscalls.prctl(syscalls.PR_SET_DUMPABLE, 0)
        if not self._plan.namespaces:
            syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
        try:
            _send_place(self._first)
            if not self._plan.waits_for_go or self._is_told_to_go():
                self._start()
                self._serve(woken)
        finally:
            if not self._plan.namespaces:
                descendants.end_descendants(os.getpid())

    def _is_told_to_go(self) -> bool:
        control = self._first.control
        select.select([control.fileno(), self._owner], [], [])
        return control.recv(COMMAND.size, socket.MSG_DONTWAIT).startswith(messages.GO)

    def _start(self) -> None:
        pid = os.fork()
        if pid == 0:
            try:
                signal.set_wakeup_fd(-1)
                self._be_interpreter(self._first.place)
            finally:
                os._exit(1)
        self._first.pid = pid

    def _serve(self, woken: int) -> None:
        for fd in (self._first.control.fileno(), self._owner, woken):
            self._poll.register(fd, select.POLLIN)
        while any(kept.pid or kept.is_expected for kept in self._kept.values()):
            for fd, _ in self._poll.poll(self._look_after_processes()):
                if fd == self._owner:
                    return
                if fd == woken:
                    with suppress(BlockingIOError):
                        os.read(woken, 4096)
                    self._reap()
                elif fd in self._kept:
                    self._obey(self._kept[fd])

    def _look_after_processes(self) -> int | None:
        """Milliseconds until this is to be done again; None for never."""
        most = self._plan.watched_processes
        if not most:
            return None
        count = sum(map(descendants.threads_of, descendants.descendants_of(os.getpid())))
        if count > most:
            for kept in self._kept.values():
                kept.report(messages.FAILED, text=f"it had more than {most} processes and threads")
            descendants.end_descendants(os.getpid())
        return _OFTEN_MS if count > _FEW else _SELDOM_MS

    def _reap(self) -> None:
        """Wait for all that have ended."""
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                for kept in self._kept.values():
                    if kept.pid == ended[0]:
                        kept.pid = 0
                        kept.report(messages.ENDED, os.waitstatus_to_exitcode(ended[1]))
        self._end_strays()

    def _end_strays(self) -> None:
        """Once there are branches, every interpreter adopts what its processes leave behind: what comes to be a child
        here, and is no branch, belongs to an interpreter that has ended."""
        if self._branches and not any(kept.is_expected for kept in self._kept.values()):
            for pid in self._strays():
                descendants.end(pid)

    def _strays(self) -> list[int]:
        known = {kept.pid for kept in self._kept.values()}
        return [pid for pid in descendants.children_of(os.getpid()) if pid not in known]

    def _obey(self, kept: _Kept) -> None:
        """One command. An interpreter that nobody can ask for any more is ended."""
        message, fds, _, _ = socket.recv_fds(kept.control, COMMAND.size, 1)
        letter, number = COMMAND.unpack(message) if len(message) == COMMAND.size else (messages.END, 0)
        if not message:
            self._poll.unregister(kept.control)
            del self._kept[kept.control.fileno()]
            kept.control.close()
        try:
            if letter == messages.COPY and fds:
                place = self._next_place(kept)
                self._copy(kept, _Kept(socket.socket(fileno=fds[0]), place, kept, layers=kept.layers + 1))
            elif letter == messages.ADOPT:
                self._adopt(kept, number)
            elif letter == messages.INTERRUPT and kept.pid:
                os.kill(kept.pid, signal.SIGINT)
            elif letter == messages.END:
                self._end(kept)
        except OSError as error:
            kept.report(messages.FAILED, text=str(error))
        if not message:
            self._remove_place(kept)

    def _end(self, kept: _Kept) -> None:
        kept.is_expected = False
        if kept.pid:
            descendants.end(kept.pid)
        self._end_strays()

    def _adopt(self, kept: _Kept, pid: int) -> None:
        """Whatever an interpreter says about its branches: only a child of this process can be one."""
        if kept.is_expected and pid in self._strays():
            kept.pid, kept.is_expected = pid, False
        kept.report(messages.ADOPTED, kept.pid)

    def _next_place(self, original: _Kept) -> Place:
        """Those that are made at once lie together."""
        if original.leaves_branches and not any(
            kept.is_expected for kept in self._kept.values() if kept.original is original
        ):
            original.go_ahead()
        self._branches += 1
        return Place.of_branch(f"{original.place.ahead}/branch-{self._branches}")

    def _copy(self, source: _Kept, branch: _Kept) -> None:
        """A new place with a copy of the files of another, whose interpreter does nothing meanwhile that would be lost
        in a branch."""
        if busy := self._busy(source.pid):
            branch.report(messages.FAILED, messages.BUSY, text=busy)
            return
        if self._plan.landlock and branch.layers > _MOST_LAYERS:
            branch.report(messages.FAILED, text=_TOO_DEEP)
            return
        try:
            self._make_place(source, branch)
            copy_tree(source.workspace, branch.workspace)
        except OSError as error:
            branch.report(messages.FAILED, text=f"its files cannot be copied: {error}")
            self._remove_place(branch)
            return
        branch.is_expected = True
        self._kept[branch.control.fileno()] = branch
        self._poll.register(branch.control, select.POLLIN)
        _send_place(branch)

    def _make_place(self, original: _Kept, branch: _Kept) -> None:
        """Its directories: by their parents' descriptors, since the session may write there too."""
        name, ahead = os.path.basename(branch.place.base), os.path.basename(branch.place.ahead)
        if not original.leaves_branches and original.layers < _MOST_LAYERS_TO_LEAVE:
            os.mkdir(os.path.basename(later(original.place.ahead)), 0o700, dir_fd=original.ahead)
            original.leaves_branches = True
        for directory in (name, ahead):
            os.mkdir(directory, 0o700, dir_fd=original.ahead)
        if self._plan.namespaces:
            namespaces.mount_files(branch.place.base, self._plan.limits)
        branch.ahead = os.open(ahead, DIRECTORY, dir_fd=original.ahead)
        base = os.open(name, DIRECTORY, dir_fd=original.ahead)
        try:
            for directory in (branch.place.workspace, branch.place.tmp):
                os.mkdir(os.path.basename(directory), 0o700, dir_fd=base)
            branch.workspace = os.open(os.path.basename(branch.place.workspace), DIRECTORY, dir_fd=base)
        finally:
            os.close(base)

    def _remove_place(self, branch: _Kept) -> None:
        """What lies on the host stays until the session is removed, and so does what branches of its own are in."""
        for fd in (branch.workspace, branch.ahead):
            if fd >= 0:
                os.close(fd)
        if branch.original is None:
            return
        if self._plan.namespaces:
            with suppress(OSError):
                namespaces.unmount_files(branch.place.base)
        for directory in (branch.place.base, branch.place.ahead):
            with suppress(OSError):
                os.rmdir(directory)

    def _busy(self, pid: int) -> str:
        if not pid:
            return "it has ended"
        strays = [] if any(kept.is_expected for kept in self._kept.values()) else self._strays()
        processes = len(strays) + len(list(descendants.descendants_of(pid)))
        threads = len(os.listdir(f"/proc/{pid}/task")) - 1
        return f"it has {threads} other threads and {processes} processes" if threads or processes else ""


def _send_place(kept: _Kept) -> None:
    report = REPORT.pack(messages.PLACE, 0) + kept.place.base.encode()
    socket.send_fds(kept.control, [report], [kept.workspace])


def _wake_on_children() -> int:
    """A file descriptor that becomes readable when a child ends. No other signal reaches this process."""
    read_end, write_end = os.pipe()
    for fd in (read_end, write_end):
        os.set_blocking(fd, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals() - {signal.SIGCHLD})
    return read_end
