"""Shelves: memory in which a process lays what its owner takes, so that it need not go through their socket.

Docs: memfd_create(2), F_ADD_SEALS in fcntl(2). Only Linux has this.
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
import weakref
from typing import NamedTuple, Protocol, Self

CAPACITY = 1 << 24
"""Bytes that a shelf holds. What nothing was ever laid on takes no memory."""

_START = mmap.PAGESIZE
"""In front of that is the number of what the owner has taken last."""

_SIZE = _START + CAPACITY

_ALIGNMENT = 64
"""Bytes: a line of the processor's cache."""


_PLACE = struct.Struct(">QQ")
"""A number, and where its bytes begin."""


class Address(NamedTuple):
    """Where a process has its shelf: a file descriptor of its own, and the name of the memory behind it."""

    fd: int
    name: str


class Shelf:
    """The end of who lays. OSError where there is no such memory.

    All that is laid has a number, and the address counts as number 1. The owner takes it in that order. While it is
    behind, there is less room.
    """

    def __init__(self) -> None:
        if sys.platform != "linux":
            raise OSError("this system has no memory that can be sealed")
        import fcntl  # not on every system

        name = f"openenv-{os.urandom(8).hex()}"
        fd = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        weakref.finalize(self, os.close, fd)
        os.ftruncate(fd, _SIZE)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
        self._memory = memoryview(mmap.mmap(fd, _SIZE))
        self._taken = self._memory[:8].cast("Q")
        self._number = 1
        self._end = _START
        self.address = Address(fd, name)

    @property
    def is_known(self) -> bool:
        """The owner has found it."""
        return self._taken[0] > 0

    def room(self, size: int) -> tuple[bytes, memoryview] | None:
        """A place for so many bytes, as the owner is to be told, and these bytes. None where there is no room."""
        if self._taken[0] == self._number:  # all of it
            self._end = _START
        start = self._end
        end = start + size
        if end > _SIZE:
            return None
        self._number += 1
        self._end = end + -end % _ALIGNMENT
        return _PLACE.pack(self._number, start), self._memory[start:end]


class OthersShelf:
    """The end of who takes. The other process may write what it likes, whenever it likes; nothing of that does more
    than change what is taken."""

    def __init__(self, memory: mmap.mmap) -> None:
        self._whole = memory
        self._memory = memoryview(memory)
        self._taken = self._memory[:8].cast("Q")
        self._taken[0] = 1

    @classmethod
    def find(cls, pid: int | None, address: Address) -> Self:
        """What a process has at this address. OSError or ValueError where that is no shelf, or nobody has told yet
        which process it is."""
        import fcntl  # not on every system

        if pid is None:
            raise OSError("the process is not known yet")
        path = f"/proc/{pid}/fd/{address.fd}"
        if os.readlink(path) != f"/memfd:{address.name} (deleted)":  # before anything else is opened
            raise OSError(f"{path} is no shelf")
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            if not fcntl.fcntl(fd, fcntl.F_GET_SEALS) & fcntl.F_SEAL_SHRINK:  # reading what is gone would be a signal
                raise OSError(f"{path} is not sealed")
            return cls(mmap.mmap(fd, _SIZE))
        finally:
            os.close(fd)

    def take(self, place: bytes | memoryview, size: int) -> bytes:
        """A copy. ValueError for a place that there is not."""
        number, start = _PLACE.unpack(place)
        if not _START <= start <= _SIZE - size:
            raise ValueError(f"there is no place {start} for {size} bytes")
        found = bytes(self._memory[start : start + size])
        self._taken[0] = number
        return found

    def close(self) -> None:
        """Let go of the memory."""
        for view in (self._taken, self._memory):
            view.release()
        self._whole.close()


class HasPid(Protocol):
    """A process."""

    @property
    def pid(self) -> int | None:
        """None where nobody has told yet."""
        ...


class Finder:
    """Finds the shelf of a process, and lets go of it."""

    def __init__(self, process: HasPid) -> None:
        self._process = process
        self._found: OthersShelf | None = None

    def find(self, fd: int, name: str) -> OthersShelf:
        """As ``OthersShelf.find``."""
        self._found = OthersShelf.find(self._process.pid, Address(fd, name))
        return self._found

    def close(self) -> None:
        """Nothing more is taken."""
        if self._found is not None:
            self._found.close()
