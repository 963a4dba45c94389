"""Files of a session: reached from outside through a descriptor of its workspace, whatever the code has put there.

Each part of a path is opened by itself and no link is followed, so that nothing outside is reached. Only regular files
are read and written, and a file is always written anew.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import Self

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_ATTEMPTS = 5
_CHUNK = 1 << 20

MAX_READ = 16 << 20
"""Bytes of one file, unless told otherwise."""


@dataclass(frozen=True)
class FileEntry:
    """One entry of a directory: ``kind`` is ``file``, ``directory``, ``link`` or ``other``."""

    name: str
    kind: str
    size: int


class Files:
    """Those below one directory. ``owner`` is the user whose they are."""

    def __init__(self, root: int, *, owner: int) -> None:
        self._root = root
        self._owner = owner

    def read(self, path: str, *, max_bytes: int = MAX_READ) -> bytes:
        """The content of a regular file. OSError when there is none or it cannot be read; ValueError when it is larger
        than ``max_bytes``, or the path leads out."""
        parents, name = _parts(path)
        with self._directory(parents) as directory:
            fd = os.open(name, _READ, dir_fd=directory)
            with open(fd, "rb", buffering=0) as file:
                _require_regular(fd, path)
                data = bytearray()
                while part := file.read(min(_CHUNK, max_bytes + 1 - len(data))):
                    data += part
        if len(data) > max_bytes:
            raise ValueError(f"{path} is larger than {max_bytes:,} bytes")
        return bytes(data)

    def write(self, path: str, data: bytes | str) -> None:
        """A new file with this content, in place of what was there; directories above it are made. OSError when it
        cannot be, for example when there is no room."""
        parents, name = _parts(path)
        left = memoryview(data.encode() if isinstance(data, str) else data)
        with self._directory(parents, make=True) as directory:
            fd = self._new(name, directory)
            try:
                while left:
                    left = left[os.write(fd, left) :]
            finally:
                os.close(fd)

    def list(self, path: str = ".", *, most: int | None = None) -> list[FileEntry]:
        """What is in a directory, by name; of more than ``most`` entries any ``most``."""
        with self._directory(_checked(path)) as directory, os.scandir(directory) as found:
            names = sorted(entry.name for entry in islice(found, most))
            entries = (_entry(name, directory) for name in names)
            return [entry for entry in entries if entry is not None]

    def _new(self, name: str, directory: int) -> int:
        for _ in range(_ATTEMPTS):
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=directory)
            with suppress(FileExistsError):  # made again meanwhile
                fd = os.open(name, _NEW, 0o644, dir_fd=directory)
                return fd
        raise FileExistsError(errno.EEXIST, f"{name} is being made again and again")

    @contextmanager
    def _directory(self, parts: tuple[str, ...], *, make: bool = False) -> Iterator[int]:
        with acting_as(self._owner), _Descent(self._root) as descent:
            for part in parts:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(part, 0o755, dir_fd=descent.fd)
                descent.into(part)
            yield descent.fd


class _Descent:
    """One directory at a time is open."""

    def __init__(self, root: int) -> None:
        self.fd = os.dup(root)

    def into(self, name: str) -> None:
        inner = os.open(name, _DIRECTORY, dir_fd=self.fd)
        os.close(self.fd)
        self.fd = inner

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        os.close(self.fd)


@contextmanager
def acting_as(user: int) -> Iterator[None]:
    """For this thread, be the user whose files they are (setfsuid(2)): root may not do more than that one."""
    own_user, own_group = os.geteuid(), os.getegid()
    if user == own_user:
        yield
        return
    libc = ctypes.CDLL(None)
    try:
        libc.setfsgid(user)
        libc.setfsuid(user)
        yield
    finally:
        libc.setfsuid(own_user)
        libc.setfsgid(own_group)


def _parts(path: str) -> tuple[tuple[str, ...], str]:
    parts = _checked(path)
    if not parts:
        raise IsADirectoryError(errno.EISDIR, f"{path!r} names a directory")
    return parts[:-1], parts[-1]


def _checked(path: str) -> tuple[str, ...]:
    """Its parts. ValueError when it is no path within the workspace."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or "\0" in path:
        raise ValueError(f"{path!r} is no path within the workspace: it is relative, and without '..'")
    return pure.parts


def _require_regular(fd: int, path: str) -> None:
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        raise OSError(errno.EINVAL, f"{path} is no regular file")


def _entry(name: str, directory: int) -> FileEntry | None:
    try:
        found = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:  # gone meanwhile
        return None
    kinds = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "link"}
    return FileEntry(name, kinds.get(stat.S_IFMT(found.st_mode), "other"), found.st_size)
