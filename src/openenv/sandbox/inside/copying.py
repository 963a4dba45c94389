"""Copying the files of a session that may change them meanwhile: no link is followed and no path is taken twice."""

from __future__ import annotations

import errno
import os
import stat

_MAX_DEPTH = 100
_CHUNK = 1 << 20
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def copy_tree(source: int, target: int) -> None:
    """What is in one directory, into another, by their descriptors: files, directories and symbolic links, and nothing
    else. OSError when it is too deep or does not fit."""
    _copy_directory(source, target, depth=0)


def _copy_directory(source: int, target: int, *, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise OSError(errno.ELOOP, f"directories are nested more than {_MAX_DEPTH} deep")
    for name in os.listdir(source):
        try:
            found = os.stat(name, dir_fd=source, follow_symlinks=False)
            if stat.S_ISLNK(found.st_mode):
                os.symlink(os.readlink(name, dir_fd=source), name, dir_fd=target)
            elif stat.S_ISDIR(found.st_mode):
                _copy_inner(name, source, target, depth=depth)
            elif stat.S_ISREG(found.st_mode):
                _copy_file(name, source, target)
        except (FileNotFoundError, NotADirectoryError):  # it is gone, or something else by now
            continue


def _copy_inner(name: str, source: int, target: int, *, depth: int) -> None:
    inner = os.open(name, DIRECTORY, dir_fd=source)
    try:
        os.mkdir(name, 0o700, dir_fd=target)
        made = os.open(name, DIRECTORY, dir_fd=target)
        try:
            _copy_directory(inner, made, depth=depth + 1)
            os.fchmod(made, os.fstat(inner).st_mode & 0o777)
        finally:
            os.close(made)
    finally:
        os.close(inner)


def _copy_file(name: str, source: int, target: int) -> None:
    inner = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=source)
    try:
        found = os.fstat(inner)
        if not stat.S_ISREG(found.st_mode):
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        made = os.open(name, flags, found.st_mode & 0o777 | 0o200, dir_fd=target)
        try:
            while os.sendfile(made, inner, None, _CHUNK):
                pass
            os.fchmod(made, found.st_mode & 0o777)
            os.utime(made, ns=(found.st_atime_ns, found.st_mtime_ns))
        finally:
            os.close(made)
    finally:
        os.close(inner)
