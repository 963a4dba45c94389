"""Shelves: shared memory in which one process lays what another one copies, so that it need not go through a socket.

Docs: memfd_create(2), fcntl(2) on sealing, lseek(2), proc_pid_fd(5). Only Linux has this.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import weakref
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openenv.processes.child import Process

CAPACITY = 1 << 24
"""Bytes that a shelf holds. What nothing was ever laid on takes no memory."""

_ALIGNMENT = 64
"""Bytes: a line of the processor's cache."""

_SEALS = 0x02 | 0x04 | 0x10
"""F_SEAL_SHRINK, F_SEAL_GROW and F_SEAL_FUTURE_WRITE, not all of which ``fcntl`` names; Linux 5.1 has all."""

_LOOKS = 8
"""So many offers are looked at. A hostile process can see to it that looking takes milliseconds (by file locks)."""

_PLACE = struct.Struct("=QQ")
"""A number and an offset."""


class Shelf:
    """The sender's end: ``CAPACITY`` bytes of memory, allocated from start to end, and from the start again once the
    receiver has copied everything. OSError where there can be none. For one thread at a time.

    Each allocation has a number, counted up from 2. The receiver copies in that order, and tells the last number. The
    memory is sealed: nobody can take any of it away, and only this end can write to it.
    """

    def __init__(self) -> None:
        if not hasattr(os, "memfd_create"):  # another system than Linux, or a Python built for an older C library
            raise OSError("there is no memory without a name")
        self._name = f"openenv-{os.urandom(8).hex()}"
        self._fd = os.memfd_create(self._name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        weakref.finalize(self, os.close, self._fd)
        os.ftruncate(self._fd, CAPACITY)
        self._memory = memoryview(mmap.mmap(self._fd, CAPACITY))
        fcntl.fcntl(self._fd, fcntl.F_ADD_SEALS, _SEALS)  # only what is mapped already writes to it from now on
        self.taken = 0
        """The number that the receiver took last, as it has told; 0 before it has found the shelf."""
        self._number = 1
        self._end = 0
        self._grown = 0

    @property
    def address(self) -> tuple[int, str, int]:
        """A file descriptor of this process, the name of the memory behind it, and the last number: the receiver, who
        reads this behind what was told before, has taken everything."""
        return self._fd, self._name, self._number

    def allocate(self, size: int) -> tuple[bytes, memoryview] | None:
        """The place of so many bytes, for the receiver, and these bytes, to be filled. None where there is no room."""
        start = 0 if self.taken == self._number else self._end
        end = start + size
        if end > self._grown and not self._grow(end):
            return None
        self._number += 1
        self._end = end + -end % _ALIGNMENT
        return _PLACE.pack(self._number, start), self._memory[start:end]

    def _grow(self, end: int) -> bool:
        """Make sure that there is memory up to there, and say whether there is. To write where there is none would end
        the process. Each page is written to: until then it is a hole to the receiver."""
        end += -end % mmap.PAGESIZE
        if end > CAPACITY:
            return False
        try:
            os.posix_fallocate(self._fd, 0, end)
        except OSError:
            return False
        self._memory[self._grown : end : mmap.PAGESIZE] = bytes((end - self._grown) // mmap.PAGESIZE)
        self._grown = end
        return True


class OthersShelf:
    """The receiver's end, of a process that may be hostile: whatever that writes, and whenever, changes only what is
    copied. It is mapped. Reading raises no signal (SIGBUS) where there is memory, and the seals see to it that what
    was there once stays."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._fd = -1
        self._memory: mmap.mmap | None = None
        self._closing: Callable[[], object]
        self._grown = 0
        """Up to here there is memory."""
        self._looks = _LOOKS
        self.left = CAPACITY
        """So many bytes may be taken for one message, so that a short one does not become a long one."""
        self.taken = 0
        """The number that was taken last, which the process is to be told; 0 before it is found."""

    def find(self, fd: int, name: str, number: int) -> None:
        """Map what the process has at this address, unless that is done; all up to the number was taken. OSError where
        it is no shelf, or where nobody has told yet which process it is."""
        if self._memory is None:
            opened = self._opened(fd, name)
            closing = weakref.finalize(self, os.close, opened)
            try:
                memory = _mapped(opened)
            except BaseException:
                closing()
                raise
            self._fd, self._closing, self._memory = opened, closing, memory
        self.taken = number

    def take(self, place: bytes | memoryview, size: int, *, before: bytes = b"") -> bytes:
        """A copy of what lies there, behind other bytes. ValueError for a place that there is not."""
        number, start = _PLACE.unpack(place)
        end = start + size
        self.left -= size
        if self._memory is None or self.left < 0 or (end > self._grown and not self._has_grown(end)):
            raise ValueError(f"there is no place {start} for {size} bytes")
        self.taken = number
        return b"".join((before, memoryview(self._memory)[start:end]))

    def close(self) -> None:
        """Let go of the memory."""
        if self._memory is not None:
            self._memory.close()
            self._memory, self._grown = None, 0
            self._closing()

    def _has_grown(self, end: int) -> bool:
        """Whether there is memory up to there now."""
        self._grown = os.lseek(self._fd, 0, os.SEEK_HOLE)
        return end <= self._grown

    def _opened(self, fd: int, name: str) -> int:
        """Names can be had by other things too, so that it must be where all such memory is, which no process can
        mount. O_PATH holds what is there without opening it; O_NONBLOCK does not wait for who has a lease on it."""
        if self._process.pid is None:
            raise OSError("the process is not known yet")
        if not self._looks:
            raise OSError("the process has offered too often what is no shelf")
        self._looks -= 1
        held = os.open(f"/proc/{self._process.pid}/fd/{fd}", os.O_PATH | os.O_CLOEXEC)
        try:
            path = f"/proc/self/fd/{held}"
            if _mount(held) != _mount_of_memory() or os.readlink(path) != f"/memfd:{name} (deleted)":
                raise OSError("what the process has there is no shelf")
            return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        finally:
            os.close(held)


def _mapped(fd: int) -> mmap.mmap:
    """For reading. OSError where it is not sealed like a shelf, or has another size."""
    if fcntl.fcntl(fd, fcntl.F_GET_SEALS) & _SEALS != _SEALS or os.fstat(fd).st_size != CAPACITY:
        raise OSError("what the process has there is no shelf: it is not sealed, or has another size")
    return mmap.mmap(fd, CAPACITY, prot=mmap.PROT_READ)


@cache
def _mount_of_memory() -> str:
    fd = os.memfd_create("openenv", os.MFD_CLOEXEC)
    try:
        return _mount(fd)
    finally:
        os.close(fd)


def _mount(fd: int) -> str:
    """Where a file is mounted. Asking its file system could take for ever."""
    with open(f"/proc/self/fdinfo/{fd}") as lines:
        return next(line for line in lines if line.startswith("mnt_id:"))
