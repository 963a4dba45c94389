"""System calls that Python has no function for, by ctypes. Each raises OSError with its name."""

from __future__ import annotations

import ctypes
import os
import platform
import struct

_CLONE = {"x86_64": 56, "aarch64": 220}
_LANDLOCK = {"landlock_create_ruleset": 444, "landlock_add_rule": 445, "landlock_restrict_self": 446}

NEW_NAMESPACE = {
    "mount": 0x00020000,
    "cgroup": 0x02000000,
    "host name": 0x04000000,
    "ipc": 0x08000000,
    "user": 0x10000000,
    "pid": 0x20000000,
    "network": 0x40000000,
}

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 4, 22, 24
PR_SET_SECUREBITS, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 28, 36, 38, 47
_SECCOMP_MODE_FILTER = 2
_AMBIENT_CLEAR_ALL = 4
_ALL_SECURE_BITS = 0xEF  # nothing by being root, nothing over setuid, nothing ambient, and all of that locked
_SIGCHLD = 17

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC = 1, 2, 4, 8, 32, 4096, 16384
MS_PRIVATE = 1 << 18
_MNT_DETACH, _UMOUNT_NOFOLLOW = 2, 8

_libc = ctypes.CDLL(None, use_errno=True)
_libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
_libc.mount.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p]
_libc.syscall.restype = ctypes.c_long
_locked = ctypes.PyDLL(None, use_errno=True)  # keeps the interpreter's lock, as a fork must
_locked.syscall.restype = ctypes.c_long


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def prctl(option: int, value: int = 0) -> None:
    """prctl(2) with one argument."""
    _checked(_libc.prctl(option, value, 0, 0, 0), f"prctl({option}, {value})")


def mount(source: str, target: str, *, kind: str = "", flags: int = 0, options: str = "") -> None:
    """mount(2)."""
    arguments = (source.encode(), target.encode(), kind.encode() or None, flags, options.encode() or None)
    _checked(_libc.mount(*arguments), f"mount {kind or 'over'} {target}")


def unmount(target: str) -> None:
    """umount2(2), at once and of no symbolic link's target."""
    _checked(_libc.umount2(target.encode(), _MNT_DETACH | _UMOUNT_NOFOLLOW), f"unmount {target}")


def unshare(flags: int) -> None:
    """unshare(2)."""
    _checked(_libc.unshare(ctypes.c_int(flags)), "unshare")


def fork_into(namespaces: int) -> int:
    """A fork whose child is the first process of new namespaces: its process id, and 0 in the child.

    For a process with one thread, whose child starts none: what Python repairs after a fork is whole then, and what
    modules have registered to be run after one (`os.register_at_fork`) is left out, since it would have the child copy
    half a megabyte of pages. The C library does not know of it: only a fork of the child's has a thread id that is
    right.
    """
    number = _CLONE[platform.machine()]
    pid = _locked.syscall(ctypes.c_long(number), ctypes.c_ulong(namespaces | _SIGCHLD), *[ctypes.c_long(0)] * 4)
    return int(_checked(pid, "clone with new namespaces"))


def drop_capabilities() -> None:
    """All of them, for good: also those that a program with other rights on its file would give."""
    with open("/proc/sys/kernel/cap_last_cap") as file:
        last = int(file.read())
    for capability in range(last + 1):
        prctl(PR_CAPBSET_DROP, capability)
    _checked(_libc.prctl(PR_CAP_AMBIENT, _AMBIENT_CLEAR_ALL, 0, 0, 0), "prctl(PR_CAP_AMBIENT)")
    prctl(PR_SET_SECUREBITS, _ALL_SECURE_BITS)
    header = struct.pack("=Ii", 0x20080522, 0)  # version 3, this process
    _checked(_libc.capset(header, bytes(24)), "capset")


def refuse_system_calls(program: bytes) -> None:
    """Load a filter (seccomp(2), BPF) for this process and all that it starts."""
    code = ctypes.create_string_buffer(program, len(program))
    description = struct.pack("=HxxxxxxQ", len(program) // 8, ctypes.addressof(code))
    buffer = ctypes.create_string_buffer(description, len(description))
    _checked(_libc.prctl(PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(buffer), 0, 0), "seccomp")


def landlock_create_ruleset(attributes: bytes | None, *, flags: int = 0) -> int:
    """A new set of rules; with flags 1 and no attributes, the version of the kernel's Landlock."""
    size = 0 if attributes is None else len(attributes)
    number = _LANDLOCK["landlock_create_ruleset"]
    return int(_checked(_libc.syscall(number, attributes, ctypes.c_size_t(size), flags), "landlock_create_ruleset"))


def landlock_add_rule(ruleset: int, *, kind: int, attributes: bytes) -> None:
    """One more rule."""
    _checked(_libc.syscall(_LANDLOCK["landlock_add_rule"], ruleset, kind, attributes, 0), "landlock_add_rule")


def landlock_restrict_self(ruleset: int) -> None:
    """The set of rules is in force from here on."""
    _checked(_libc.syscall(_LANDLOCK["landlock_restrict_self"], ruleset, 0), "landlock_restrict_self")
