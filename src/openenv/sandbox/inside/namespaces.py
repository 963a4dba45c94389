"""The namespaces of a session: its own users, processes, network, mounts and host name, seen from within."""

from __future__ import annotations

import os
from collections.abc import Mapping

from openenv.sandbox.inside import syscalls
from openenv.sandbox.inside.plan import JAILED, SHARED_MEMORY, Place, make_directories
from openenv.sandbox.inside.syscalls import MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY, MS_REC, MS_REMOUNT

ALL = sum(syscalls.NEW_NAMESPACE.values())
_PLAIN = MS_NOSUID | MS_NODEV


def settle(user: int, group: int, limits: Mapping[str, int]) -> None:
    """In the first process of new namespaces: be the same user here as outside, and mount the session's own files.

    The root is read-only already. All that the session writes lies on one file system with a size.
    """
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user} {user} 1")
    _write("/proc/self/gid_map", f"{group} {group} 1")
    syscalls.mount("none", "/", flags=MS_REC | syscalls.MS_PRIVATE)
    mount_files(JAILED.base, limits)
    shared = f"{JAILED.base}/shm"
    os.mkdir(shared)
    inner = Place.under(JAILED.base)
    make_directories(inner)
    for source, target in zip((inner.workspace, inner.tmp, shared), _targets(), strict=True):
        syscalls.mount(source, target, flags=MS_BIND)
    syscalls.mount("devpts", "/dev/pts", kind="devpts", flags=MS_NOSUID | MS_NOEXEC, options="newinstance,ptmxmode=666")
    syscalls.mount("proc", "/proc", kind="proc", flags=_PLAIN | MS_NOEXEC)
    syscalls.mount("/proc/sys", "/proc/sys", flags=MS_BIND)
    syscalls.mount("none", "/proc/sys", flags=MS_BIND | MS_REMOUNT | MS_RDONLY | _PLAIN | MS_NOEXEC)


def mount_files(directory: str, limits: Mapping[str, int]) -> None:
    """An empty file system, with a size and a number of files."""
    options = f"size={limits['disk_bytes']},nr_inodes={limits['files']},mode=755"
    syscalls.mount("session", directory, kind="tmpfs", flags=_PLAIN, options=options)


def unmount_files(directory: str) -> None:
    """Nobody finds it any more; it is freed with what is still open in it."""
    syscalls.unmount(directory)


def _targets() -> tuple[str, str, str]:
    return JAILED.workspace, JAILED.tmp, SHARED_MEMORY


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)
