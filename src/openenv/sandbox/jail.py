"""The jail: the command line of bubblewrap (bwrap), which gives a zygote a root of its own.

It is a toolkit and no policy: the policy is here, in the namespaces that each session gets within (``inside``), in
Landlock and in the filters of system calls.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence

from openenv.sandbox.inside.plan import JAILED

USER = 1000
_PROGRAMS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SETTINGS = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime")
_USERS = f"root:x:0:0:root:/:/bin/sh\nsandbox:x:{USER}:{USER}:sandbox:{JAILED.workspace}:/bin/sh\n"
_GROUPS = f"root:x:0:\nsandbox:x:{USER}:\n"

READABLE = ("/usr", *_PROGRAMS, "/etc", "/proc", "/dev")
DEVICES = (
    *("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"),
    *("/dev/tty", "/dev/ptmx", "/dev/pts"),
)


def bubblewrap() -> str | None:
    """Where it is."""
    return shutil.which("bwrap", path="/usr/local/bin:/usr/bin:/bin")


def command(program: str, *, readable: Sequence[str], users: int, groups: int, inner: Sequence[str]) -> list[str]:
    """``inner`` in a jail that shows ``readable`` of the host. ``users`` and ``groups`` are file descriptors from which
    it reads what /etc/passwd and /etc/group are to hold."""
    return [
        program,
        *("--unshare-all", "--unshare-user", "--die-with-parent", "--new-session"),
        *("--ro-bind", "/usr", "/usr"),
        *_programs(),
        *_bound(_SETTINGS, "--ro-bind-try"),
        *("--ro-bind-data", str(users), "/etc/passwd", "--ro-bind-data", str(groups), "/etc/group"),
        *_bound(readable, "--ro-bind"),
        *("--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"),
        *(word for path in (JAILED.base, JAILED.workspace, JAILED.tmp) for word in ("--dir", path)),
        *("--remount-ro", "/"),
        *("--uid", str(USER), "--gid", str(USER), "--cap-drop", "ALL"),
        *("--chdir", "/", "--", *inner),
    ]


def accounts() -> tuple[int, int]:
    """File descriptors for ``users`` and ``groups``."""
    return _memory_file(_USERS), _memory_file(_GROUPS)


def _programs() -> list[str]:
    """Symbolic links into /usr, or directories of their own on systems that have not merged them."""
    words: list[str] = []
    for path in _PROGRAMS:
        if os.path.islink(path):
            words += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            words += ["--ro-bind", path, path]
    return words


def _bound(paths: Sequence[str], option: str) -> list[str]:
    return [word for path in paths for word in (option, path, path)]


def _memory_file(text: str) -> int:
    fd = os.memfd_create("openenv")
    os.write(fd, text.encode())
    os.lseek(fd, 0, os.SEEK_SET)
    return fd
