"""Landlock: which files this process and all that it starts may touch, and which processes they may signal.

See landlock(7) and the kernel's Documentation/userspace-api/landlock.rst. Each version (ABI) can refuse more.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterable

from openenv.sandbox.inside import syscalls

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_MAKE_DEVICES = 1 << 6 | 1 << 11
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV

READ = _EXECUTE | _READ_FILE | _READ_DIR
_PATH_BENEATH = struct.Struct("=Qi")
_RULE_PATH_BENEATH = 1
_ASK_VERSION = 1
_ALL_OF_NETWORK = 0b11  # binding and connecting TCP, from version 4
_ALL_SCOPES = 0b11  # abstract UNIX sockets and signals, from version 6
FIRST_WITH_SCOPES = 6


def version() -> int:
    """The kernel's, or 0 where Landlock is not in force."""
    try:
        return syscalls.landlock_create_ruleset(None, flags=_ASK_VERSION)
    except OSError:
        return 0


def _known_access(abi: int) -> int:
    """All rights on files that a version can refuse."""
    return (1 << 13) - 1 | (abi >= 2) * _REFER | (abi >= 3) * _TRUNCATE | (abi >= 5) * _IOCTL_DEV


def restrict(*, abi: int, readable: Iterable[str], writable: Iterable[str], listable: Iterable[str]) -> None:
    """From here on only these paths, and what is beneath them, can be opened; of ``listable`` ones the directories. One
    that does not exist is left out."""
    known = _known_access(abi)
    attributes = [known, _ALL_OF_NETWORK, _ALL_SCOPES][: 1 + (abi >= 4) + (abi >= FIRST_WITH_SCOPES)]
    ruleset = syscalls.landlock_create_ruleset(struct.pack(f"={len(attributes)}Q", *attributes))
    try:
        for path in readable:
            _allow(ruleset, path, READ & known)
        for path in listable:
            _allow(ruleset, path, _READ_DIR)
        for path in writable:
            _allow(ruleset, path, known & ~_MAKE_DEVICES)
        syscalls.landlock_restrict_self(ruleset)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            access &= _ON_FILES
        syscalls.landlock_add_rule(ruleset, kind=_RULE_PATH_BENEATH, attributes=_PATH_BENEATH.pack(access, fd))
    finally:
        os.close(fd)
