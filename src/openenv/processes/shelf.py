"""Shelves: shared memory in which one process lays what another one copies, so that it need not go through a socket.

Docs: memfd_create(2), proc_pid_fd(5). Only Linux has this.
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
import weakref
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openenv.processes.child import Process

CAPACITY = 1 << 24
"""Bytes that a shelf holds. What nothing was ever laid on takes no memory."""

_START = mmap.PAGESIZE
"""Offset of the data, a page behind the word with the number that was taken last."""

_SIZE = _START + CAPACITY

_ALIGNMENT = 64
"""Bytes: a line of the processor's cache."""

_PLACE = struct.Struct("=QQ")
"""A number and an offset."""

_NUMBER = 8
"""Bytes of the number."""


class Shelf:
    """The sender's end: ``CAPACITY`` bytes of memory, allocated from start to end, and from the start again once the
    receiver has copied everything. OSError where there can be none. For one thread at a time.

    Each allocation has a number, counted up from 2. The receiver copies in that order, and writes the last number into
    the first 8 bytes.
    """

    def __init__(self) -> None:
        if not hasattr(os, "memfd_create"):  # another system than Linux, or a Python built for an older C library
            raise OSError("there is no memory without a name")
        self._name = f"openenv-{os.urandom(8).hex()}"
        self._fd = os.memfd_create(self._name, os.MFD_CLOEXEC)
        weakref.finalize(self, os.close, self._fd)
        os.ftruncate(self._fd, _SIZE)
        self._memory = memoryview(mmap.mmap(self._fd, _SIZE))
        self._taken = self._memory[:_NUMBER].cast("Q")
        self._number = 1
        self._end = _START
        self._grown = 0

    @property
    def is_found(self) -> bool:
        """The receiver has it."""
        return self._taken[0] > 0

    @property
    def address(self) -> tuple[int, str, int]:
        """A file descriptor of this process, the name of the memory behind it, and the last number: the receiver, who
        reads this behind what was told before, has taken everything."""
        return self._fd, self._name, self._number

    def allocate(self, size: int) -> tuple[bytes, memoryview] | None:
        """The place of so many bytes, for the receiver, and these bytes, to be filled. None where there is no room."""
        if self._taken[0] == self._number:
            self._end = _START
        start = self._end
        end = start + size
        if end > self._grown and not self._grow(end):
            return None
        self._number += 1
        self._end = end + -end % _ALIGNMENT
        return _PLACE.pack(self._number, start), self._memory[start:end]

    def _grow(self, end: int) -> bool:
        """Whether there is memory up to there. To write where there is none would end the process."""
        if end > _SIZE:
            return False
        try:
            os.posix_fallocate(self._fd, 0, end)
        except OSError:
            return False
        self._grown = end
        return True


class OthersShelf:
    """The receiver's end, of a process that may be hostile: whatever that writes, and whenever, changes only what is
    copied. It is read as a file, since what is gone from a file is an error, and from mapped memory a signal."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._fd: int | None = None
        self._closing: Callable[[], object]
        self.left = CAPACITY
        """So many bytes may be taken for one message, so that a short one does not become a long one."""

    def find(self, fd: int, name: str, number: int) -> None:
        """Open what the process has at this address, unless that is done; all up to the number was taken. OSError where
        it is no shelf, or where nobody has told yet which process it is."""
        if self._fd is None:
            opened = self._opened(fd, name)
            self._closing = weakref.finalize(self, os.close, opened)
            self._fd = opened
        os.pwrite(self._fd, number.to_bytes(_NUMBER, sys.byteorder), 0)

    def take(self, place: bytes | memoryview, size: int) -> bytes:
        """A copy of what lies there. ValueError for a place that there is not."""
        _, start = _PLACE.unpack(place)
        self.left -= size
        if self._fd is None or self.left < 0 or not _START <= start <= _SIZE - size:
            raise ValueError(f"there is no place {start} for {size} bytes")
        try:
            found = os.pread(self._fd, size, start)
            os.pwrite(self._fd, place[:_NUMBER], 0)
        except OSError as error:
            raise ValueError(f"place {start} cannot be read: {error}") from error
        if len(found) != size:
            raise ValueError(f"place {start} is gone")
        return found

    def close(self) -> None:
        """Let go of the memory."""
        if self._fd is not None:
            self._closing()
            self._fd = None

    def _opened(self, fd: int, name: str) -> int:
        """Names can be had by other things too, so that it must be where all such memory is, which no process can
        mount. O_PATH holds what is there without opening it."""
        if self._process.pid is None:
            raise OSError("the process is not known yet")
        held = os.open(f"/proc/{self._process.pid}/fd/{fd}", os.O_PATH | os.O_CLOEXEC)
        try:
            path = f"/proc/self/fd/{held}"
            if _mount(held) != _mount_of_memory() or os.readlink(path) != f"/memfd:{name} (deleted)":
                raise OSError("what the process has there is no shelf")
            return os.open(path, os.O_RDWR | os.O_CLOEXEC)
        finally:
            os.close(held)


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
