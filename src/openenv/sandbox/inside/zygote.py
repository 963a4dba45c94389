"""The zygote: it has imported what sessions need, and makes a keeper whenever it is told to.

``python -I -c … CONTROL OWNER PLAN`` with the numbers of file descriptors. It runs nobody's code either.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import threading
import traceback
from contextlib import suppress
from typing import NoReturn

from openenv.sandbox.inside import (
    answering,
    confinement,
    descendants,
    examining,
    messages,
    namespaces,
    semaphores,
    syscalls,
)
from openenv.sandbox.inside.keeper import Keeper
from openenv.sandbox.inside.plan import JAILED, Place, Plan
from openenv.sandbox.inside.randomness import reseed
from openenv.sandbox.inside.runner import Runner
from openenv.sandbox.inside.warming import warm

_MAX_ORDER = 8192
_MADE_FDS = 4
_LOWEST_PRIORITY = 19
FOR_GRADES = (answering, examining)
"""Sessions find these among the modules that are imported already."""


class Zygote:
    """Makes sessions until its control socket or its owner is gone."""

    def __init__(self, control: socket.socket, *, owner: int, plan: Plan) -> None:
        self._control = control
        self._owner = owner
        self._plan = plan
        self._keepers: set[int] = set()
        self._user, self._group = os.getuid(), os.getgid()

    def run(self) -> None:
        """The first message says that the imports are done, or why not."""
        syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        woken, write_end = os.pipe()
        for fd in (woken, write_end):
            os.set_blocking(fd, False)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        poll = select.poll()
        for fd in (self._control.fileno(), self._owner, woken):
            poll.register(fd, select.POLLIN)
        while True:
            ready = {fd for fd, _ in poll.poll()}
            if self._owner in ready:
                return
            if woken in ready:
                with suppress(BlockingIOError):
                    os.read(woken, 4096)
                self._reap()
            if self._control.fileno() in ready and not self._obey():
                return

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while ended := os.waitpid(-1, os.WNOHANG)[0]:
                self._keepers.discard(ended)
        if not self._plan.namespaces:  # a keeper that was ended has left something behind
            for pid in descendants.children_of(os.getpid()):
                if pid not in self._keepers:
                    descendants.end(pid)

    def _obey(self) -> bool:
        order, fds, _, _ = socket.recv_fds(self._control, _MAX_ORDER, _MADE_FDS)
        if not order:
            return False
        control, *channels = fds
        with socket.socket(fileno=control) as keeper:
            try:
                self._make(json.loads(order), keeper, channels)
            except OSError as error:
                with suppress(OSError):
                    keeper.send(messages.REPORT.pack(messages.FAILED, 0) + str(error).encode())
        for fd in channels:
            os.close(fd)
        return True

    def _make(self, order: dict[str, str], keeper: socket.socket, channels: list[int]) -> None:
        pid = syscalls.fork_into(namespaces.ALL) if self._plan.namespaces else os.fork()
        if pid == 0:
            self._become_keeper(order, keeper, channels)
        self._keepers.add(pid)
        pidfd = os.pidfd_open(pid)
        with suppress(OSError):  # nobody wants it any more
            socket.send_fds(keeper, [messages.REPORT.pack(messages.MADE, 0)], [pidfd])
        os.close(pidfd)

    def _become_keeper(self, order: dict[str, str], keeper: socket.socket, channels: list[int]) -> NoReturn:
        """Never returns: it must not go on as its parent."""
        try:
            signal.set_wakeup_fd(-1)
            os.setsid()
            watched = self._owner if self._plan.namespaces else os.pidfd_open(os.getppid())
            confinement.close_all_but([keeper.fileno(), watched, *channels])
            if self._plan.namespaces:
                namespaces.settle(self._user, self._group, self._plan.limits)
            place = JAILED if self._plan.namespaces else Place.under(order["directory"])

            def be_interpreter(place: Place) -> NoReturn:
                confinement.close_all_but(channels)
                _be_interpreter(self._plan, place, channels)

            Keeper(keeper, plan=self._plan, place=place, owner=watched, be_interpreter=be_interpreter).run()
        except BaseException as error:
            with suppress(OSError):
                text = "".join(traceback.format_exception_only(error)).strip()
                report = messages.REPORT.pack(messages.FAILED, 0) + text.encode(errors="backslashreplace")
                keeper.send(report[: messages.MAX_REPORT], socket.MSG_DONTWAIT)
        finally:
            os._exit(0)


def _be_interpreter(plan: Plan, place: Place, channels: list[int]) -> NoReturn:
    channel, output, errors = channels
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for fd, wanted in enumerate((nothing, output, errors)):
        os.dup2(wanted, fd)
    for fd in (nothing, output, errors):
        os.close(fd)
    confinement.reset_signals()
    if plan.gives_way:
        os.nice(_LOWEST_PRIORITY)
    reseed()
    gc.enable()
    runner = Runner(channel, plan=plan, place=place)
    confinement.confine(plan, place)
    runner.serve()


def _import(names: list[str]) -> str:
    """Why not, or nothing."""
    for name in names:
        try:
            importlib.import_module(name)
        except BaseException as error:
            return f"{name} cannot be imported: " + "".join(traceback.format_exception_only(error)).strip()
    if threading.active_count() > 1 or len(os.listdir("/proc/self/task")) > 1:
        return "what is imported starts threads, and a process with threads cannot be forked"
    return ""


def main() -> None:
    """See above."""
    gc.disable()  # what it would free are holes, in pages that sessions then get copies of
    control, owner, plan_fd = map(int, sys.argv[1:4])
    with open(plan_fd, "rb") as file:
        plan = Plan.decode(file.read())
    del sys.path[0]  # where these programs lie
    sys.path[:0] = plan.search_path
    sys.argv[:] = [""]
    if plan.landlock and not plan.namespaces:
        semaphores.install()
    failure = _import(plan.preload)
    if not failure:
        warm(plan)
    gc.freeze()
    with socket.socket(fileno=control) as sock:
        sock.send(failure.encode(errors="backslashreplace")[: messages.MAX_REPORT] or b"ready")
        if not failure:
            Zygote(sock, owner=owner, plan=plan).run()
