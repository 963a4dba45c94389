"""Branching: a process that a zygote has made forks itself, and its branches are the zygote's as it is."""

from __future__ import annotations

import array
import os
import select
import signal
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import msgspec

from openenv.processes.parent_death import end_with_parent

_CREDENTIALS = struct.Struct("@iII")
_NOTE = struct.Struct("@ii")
"""The process that a branch is a copy of, and 0; of a branch on a thread the process itself, and the number."""

_MAX_NOTE = 4096
_GO = b"go"
_LOOK_EVERY_S = 0.2
_ENDED = "a branch ended before it was ready"


class _Word(msgspec.Struct, frozen=True, array_like=True):
    """What a branch says to the process that it is a copy of, before that goes on: that it has begun, that it is ready
    (``is_ready``), or what was raised in it."""

    pid: int
    is_ready: bool = False
    raised: str = ""
    text: str = ""


def _sender_and_fds(ancillary: list[tuple[int, int, bytes]]) -> tuple[int, list[int]]:
    pid, fds = 0, array.array("i")
    for _, kind, data in ancillary:
        if kind == socket.SCM_CREDENTIALS:
            pid, _, _ = _CREDENTIALS.unpack(data[: _CREDENTIALS.size])
        elif kind == socket.SCM_RIGHTS:
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    return pid, list(fds)


class BranchFailed(Exception):
    """A branch could not be made, and so there is none. ``raised`` is the class of what was raised in it."""

    def __init__(self, text: str, raised: str | None = None) -> None:
        super().__init__(text)
        self.raised = raised


class Announcements:
    """How a zygote hears of branches: each says that it has begun, and then sends its channel, and where its output
    goes."""

    def __init__(self) -> None:
        self._receiver, self._sender = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._receiver.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)  # the kernel says who sends
        self._receiver.setblocking(False)

    def fileno(self) -> int:
        """Readable where there is an announcement."""
        return self._receiver.fileno()

    def brancher(self) -> Brancher:
        """In a child of the zygote: what it forks itself with."""
        self._receiver.close()
        return Brancher(self._sender, zygote=os.getppid())

    def receive(self) -> tuple[int, int, int, list[int]] | None:
        """The process id of a branch, that of the process that it is a copy of, its number where it lives on a thread
        (else 0), and the two file descriptors, or none of one that has only begun; None when there is no
        announcement."""
        space = socket.CMSG_SPACE(_CREDENTIALS.size) + socket.CMSG_SPACE(2 * array.array("i").itemsize)
        while True:
            try:
                note, ancillary, _, _ = self._receiver.recvmsg(_NOTE.size, space)
            except BlockingIOError:
                return None
            pid, fds = _sender_and_fds(ancillary)
            if len(note) == _NOTE.size and len(fds) in (0, 2):
                return pid, *_NOTE.unpack(note), fds
            for fd in fds:
                os.close(fd)


class Brancher:
    """Forks the process that it was made for.

    A process in between makes the branches and ends at once, so that the zygote adopts them: only a parent reads an
    exit status, and a branch has to outlive what it is a copy of.
    """

    def __init__(self, announcing: socket.socket, *, zygote: int) -> None:
        self._announcing = announcing
        self._zygote = zygote

    def branch(self, count: int, *, prepare: Callable[[], None]) -> list[int] | socket.socket:
        """The process ids of ``count`` branches; in each of these, the channel on which it is reached from now on.

        Each branch calls ``prepare`` while this process waits. BranchFailed, with its text, when one raises there, or
        cannot be made: then there is none at all.
        """
        for stream in (sys.stdout, sys.stderr):  # else both would print what is in their buffers
            with suppress(AttributeError, OSError, ValueError):
                stream.flush()
        original = os.getpid()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, _signals_held() as mask:
            between = os.fork()
            if between == 0:
                ours.close()
                _fork_times(count, theirs)
                return self._become(theirs, original, mask, prepare)
            theirs.close()
            os.waitpid(between, 0)
            return _bring_up(ours, count, mask)

    def connect(self, number: int) -> tuple[socket.socket, int]:
        """For a branch on a thread of this process: the channel on which it is reached, and the file descriptor to
        which it writes a byte in the end. Whoever owns this process knows it by its number."""
        ours, theirs = socket.socketpair()
        read_end, write_end = os.pipe()
        socket.send_fds(self._announcing, [_NOTE.pack(os.getpid(), number)], [theirs.fileno(), read_end])
        theirs.close()
        os.close(read_end)
        return ours, write_end

    def _become(
        self, original: socket.socket, copied_from: int, mask: set[signal.Signals], prepare: Callable[[], None]
    ) -> socket.socket:
        """In a branch. What goes wrong ends it: it must not go on where the original does."""
        try:
            _wait_for_adoption(self._zygote)
            end_with_parent(self._zygote)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            os.setsid()
            self._announcing.send(_NOTE.pack(copied_from, 0))
            original.send(msgspec.msgpack.encode(_Word(os.getpid())))
            prepare()
            original.send(msgspec.msgpack.encode(_Word(os.getpid(), is_ready=True)))
            if original.recv(len(_GO)) != _GO:
                os._exit(1)
            original.close()
            return self._announce(copied_from)
        except BaseException as error:
            _end(original, error)
            raise  # not reached

    def _announce(self, copied_from: int) -> socket.socket:
        """Tell the zygote that there is this branch; its channel."""
        ours, theirs = socket.socketpair()
        read_end, write_end = os.pipe()
        for fd in (1, 2):
            os.dup2(write_end, fd)
        socket.send_fds(self._announcing, [_NOTE.pack(copied_from, 0)], [theirs.fileno(), read_end])
        theirs.close()
        for fd in (read_end, write_end):
            os.close(fd)
        return ours


def _fork_times(count: int, original: socket.socket) -> None:
    """In the process in between, which ends here; only its children return."""
    try:
        for _ in range(count):
            if os.fork() == 0:
                return
    except BaseException as error:
        _end(original, error)
    os._exit(0)


def _end(original: socket.socket, error: BaseException) -> None:
    """Say why, and end."""
    with suppress(Exception):  # its text cannot be had, or the original is gone
        text = str(error)[: _MAX_NOTE // 8].encode(errors="backslashreplace").decode()
        original.send(msgspec.msgpack.encode(_Word(os.getpid(), raised=type(error).__name__, text=text)))
    os._exit(1)


def _bring_up(branches: socket.socket, count: int, mask: set[signal.Signals]) -> list[int]:
    """In the original: wait until all are ready, and let them go. Signals that come meanwhile interrupt that."""
    begun: list[int] = []
    ready: list[int] = []
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        while len(ready) < count:
            word = _next_word(branches, begun)
            (ready if word.is_ready else begun).append(word.pid)
        for _ in ready:
            branches.send(_GO)
    except BaseException:
        for pid in (*begun, *_unheard(branches)):
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        raise
    return ready


def _next_word(branches: socket.socket, begun: list[int]) -> _Word:
    """What a branch says next. BranchFailed when that is what was raised in it, and when one has ended without a word:
    which the channel does not tell while others hold it."""
    while not select.select([branches], [], [], _LOOK_EVERY_S)[0]:
        if not all(map(_lives, begun)) and not select.select([branches], [], [], 0)[0]:
            raise BranchFailed(_ENDED)
    message = branches.recv(_MAX_NOTE)
    if not message:
        raise BranchFailed(_ENDED)
    word = msgspec.msgpack.decode(message, type=_Word)
    if word.raised:
        raise BranchFailed(word.text, word.raised)
    return word


def _unheard(branches: socket.socket) -> Iterator[int]:
    """The process ids in what branches have said, and nobody has heard yet."""
    while select.select([branches], [], [], 0)[0] and (message := branches.recv(_MAX_NOTE)):
        yield msgspec.msgpack.decode(message, type=_Word).pid


def _lives(pid: int) -> bool:
    """The zygote reaps what has ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _wait_for_adoption(zygote: int) -> None:
    """Until the process in between has ended and the zygote is the parent."""
    with suppress(ProcessLookupError):  # it has ended already
        between = os.getppid()
        if between != zygote:
            pidfd = os.pidfd_open(between)
            select.select([pidfd], [], [])
            os.close(pidfd)


@contextmanager
def _signals_held() -> Iterator[set[signal.Signals]]:
    """What is to interrupt or end this process comes afterwards; the mask that it had before."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield {number for number in before if isinstance(number, signal.Signals)}
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
