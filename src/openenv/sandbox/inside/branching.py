"""Branching: an interpreter forks itself, and its branches are the keeper's children as it is."""

from __future__ import annotations

import array
import json
import os
import random
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass

from openenv.sandbox.inside import syscalls
from openenv.sandbox.inside.confinement import confine_files
from openenv.sandbox.inside.plan import Place, Plan, later
from openenv.sandbox.inside.randomness import reseed
from openenv.settings import change_environment

_FDS_OF_EACH = 3
MAX_BRANCHES = 64
"""Of one request: its file descriptors travel in one message, and the kernel takes 253."""


@dataclass(frozen=True)
class Order:
    """The places of branches, and of each the channel, the output and the errors."""

    bases: list[str]
    fds: list[int]
    reseeds: bool


@dataclass(frozen=True)
class Branch:
    """What a branch goes on with."""

    place: Place
    channel: int
    output: int
    errors: int


def read_order(channel: int, size: int) -> Order:
    """What follows the request; the file descriptors travel beside it."""
    with socket.socket(fileno=os.dup(channel)) as sock:
        space = socket.CMSG_SPACE(MAX_BRANCHES * _FDS_OF_EACH * array.array("i").itemsize)
        data, ancillary, _, _ = sock.recvmsg(size, space, socket.MSG_CMSG_CLOEXEC)
        while len(data) < size:
            data += sock.recv(size - len(data))
    fds = array.array("i")
    for _, _, passed in ancillary:
        fds.frombytes(passed)
    order = json.loads(data)
    return Order(order["bases"], list(fds), order["reseeds"])


def branch(order: Order, plan: Plan, place: Place) -> Branch | None:
    """None in the original. A process in between makes the branches and ends at once, so that the keeper adopts them.

    The original is out of the branches' reach afterwards, which costs each of them a layer of Landlock; and they are
    out of its own, for another layer, where the keeper has made a directory for those that come later. OSError where
    that is not possible, or a process too many.
    """
    original, state = os.getpid(), random.getstate()
    syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 0)
    read_end, write_end = os.pipe()
    try:
        between = os.fork()
        if between == 0:
            number = _fork_each(len(order.bases))
            os.close(write_end)
            os.read(read_end, 1)  # the end of the one in between
            os.close(read_end)
            return _become(number, order, plan, place, state)
        _, ended = os.waitpid(between, 0)
        if ended:
            raise OSError(os.waitstatus_to_exitcode(ended), "a branch could not be made")
        if os.path.isdir(further := later(os.path.dirname(order.bases[0]))):
            confine_files(plan, place.workspace, place.tmp, further)
    finally:
        if os.getpid() == original:
            for fd in (read_end, write_end, *order.fds):
                os.close(fd)
            syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
    return None


def enter(place: Place) -> None:
    """Work there."""
    os.chdir(place.workspace)
    change_environment({"HOME": place.workspace, "TMPDIR": place.tmp})


def _fork_each(count: int) -> int:
    """In the process in between, which ends here, with the number of an error; only its children return, with their
    numbers."""
    try:
        for number in range(count):
            if os.fork() == 0:
                return number
    except OSError as error:
        os._exit(error.errno or 1)
    os._exit(0)


def _become(number: int, order: Order, plan: Plan, place: Place, state: object) -> Branch:
    channel, output, errors = (order.fds[_FDS_OF_EACH * number + which] for which in range(_FDS_OF_EACH))
    for fd in order.fds:
        if fd not in (channel, output, errors):
            os.close(fd)
    os.setsid()
    syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
    new = Place.of_branch(order.bases[number])
    inside = _below(place.workspace)
    confine_files(plan, new.base, new.ahead)
    enter(new)
    with suppress(OSError):  # no such directory was copied
        os.chdir(inside)
    _forget_temporary_directory(place, new)
    if order.reseeds:
        reseed()
    else:
        random.setstate(state)  # type: ignore[arg-type]  # Python gives another one to every process that is forked
    return Branch(new, channel, output, errors)


def _below(directory: str) -> str:
    """The working directory as it is called from there; that directory itself where it is elsewhere, or removed."""
    try:
        path = os.path.relpath(os.getcwd(), directory)
    except FileNotFoundError:
        return "."
    return "." if path.startswith("..") else path


def _forget_temporary_directory(old: Place, new: Place) -> None:
    """The module `tempfile` remembers which one it has found."""
    tempfile = sys.modules.get("tempfile")
    if tempfile is not None and getattr(tempfile, "tempdir", None) == old.tmp:
        tempfile.tempdir = new.tmp  # type: ignore[attr-defined]
