"""Attempts: what the probes try inside a sandbox. Sent to it as text and run there; it needs the standard library only.

Where an attempt succeeds it harms nobody: it changes nothing but a file that is there for it, or this process itself.
Each function does what must fail. One that returns has breached the sandbox, and so has one that fails in another way
than by being refused.
"""

import ctypes
import errno
import os
import platform
import socket
import tempfile
from collections.abc import Callable
from typing import Any

_REFUSED = {
    errno.EACCES,
    errno.EPERM,
    errno.ENOENT,
    errno.ENOSYS,
    errno.EROFS,
    errno.ESRCH,
    errno.ECONNREFUSED,
    errno.EAFNOSUPPORT,
}
_NUMBERS = {"bpf": (321, 280), "io_uring_setup": (425, 425), "keyctl": (250, 219), "ptrace": (101, 117)}
_NEW_USER_NAMESPACE = 0x10000000
_SEIZE = 0x4206
"""Attaches without a stop, so that nothing happens to the process outside where it succeeds."""


def breaches(surroundings: dict[str, Any]) -> list[str]:
    """The names of the attempts that were not refused."""
    found = []
    for name, attempt in _attempts(surroundings).items():
        try:
            attempt()
            found.append(name)
        except MemoryError:
            pass
        except OSError as error:
            if error.errno not in _REFUSED:
                found.append(f"{name} ({error})")
    return found


def _attempts(surroundings: dict[str, Any]) -> dict[str, Callable[[], object]]:
    canary, outside = surroundings["canary"], surroundings["pid"]
    return {
        "reads a file of the host": lambda: open(canary).read(),
        "writes a file of the host": lambda: open(canary, "a").close(),
        "makes a file on the host": lambda: open(canary + ".made", "w").close(),
        "changes the mode of a file of the host": lambda: os.chmod(canary, 0o777),
        "reads the passwords of the host": lambda: open("/etc/shadow").read(),
        "reads the environment of the process outside": lambda: open(f"/proc/{outside}/environ").read(),
        "writes into the settings of the kernel": lambda: open("/proc/sys/kernel/core_pattern", "r+").close(),
        "connects by TCP": lambda: _connect(socket.AF_INET, ("127.0.0.1", surroundings["port"])),
        "connects by UNIX socket": lambda: _connect(socket.AF_UNIX, "\0" + surroundings["name"]),
        "opens a vsock socket": lambda: socket.socket(40, socket.SOCK_STREAM),
        "opens a netlink socket": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
        "sees or signals the process outside": lambda: _signal(outside, surroundings["namespaces"]),
        "makes a user namespace": lambda: _call(ctypes.CDLL(None, use_errno=True).unshare, _NEW_USER_NAMESPACE),
        "mounts": _mount,
        "becomes root": _become_root,
        "attaches to the process outside": lambda: _system_call("ptrace", _SEIZE, outside, 0, 0),
        "opens an io_uring": lambda: _system_call("io_uring_setup", 1, bytes(120)),
        "uses keys of the kernel": lambda: _system_call("keyctl", 0, -3, 0),
        "loads a program into the kernel": lambda: _system_call("bpf", 0, bytes(72), 72),
        "uses more memory than it may": lambda: bytearray(surroundings["memory_bytes"]),
        "has inherited a file": _look_for_files,
    }


def _connect(family: int, address: Any) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(1)
        sock.connect(address)


def _signal(pid: int, has_namespaces: bool) -> None:
    """Where processes have a namespace, the number may mean another one: then there must be few of them."""
    if has_namespaces and sum(name.isdigit() for name in os.listdir("/proc")) < 4:
        raise ProcessLookupError(errno.ESRCH, "no such process")
    os.kill(pid, 0)


def _mount() -> None:
    """Over a directory of its own, so that nobody is hurt where it succeeds."""
    _call(ctypes.CDLL(None, use_errno=True).mount, b"none", tempfile.mkdtemp().encode(), b"tmpfs", 0, None)


def _become_root() -> None:
    """Where that user does not exist (EINVAL) it is refused too."""
    try:
        os.setuid(0)
    except OSError as error:
        raise PermissionError(errno.EPERM, "refused") from error


def _system_call(name: str, *arguments: Any) -> None:
    number = _NUMBERS[name][platform.machine() == "aarch64"]
    _call(ctypes.CDLL(None, use_errno=True).syscall, number, *arguments)


def _call(function: Any, *arguments: Any) -> None:
    if function(*arguments) == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _look_for_files() -> None:
    """What a session has: three standard streams, those that keep them, and its channel."""
    for fd in range(256):
        try:
            path = os.readlink(f"/proc/self/fd/{fd}")
        except OSError:
            continue
        if not path.startswith(("pipe:", "socket:", "/dev/null", "/proc/")):
            return
    raise FileNotFoundError(errno.ENOENT, "nothing is inherited")
