"""Dropping the rights of root before anything else: a program that becomes another user and then another program.

``python -I -S dropping.py USER COVERED COMMAND…`` where COVERED maps, as JSON, directories that the user may not enter
to what it needs of them: it sees the rest of each as empty, and nobody else sees any difference.
"""

import ctypes
import json
import os
import sys

_NEW_MOUNTS = 0x00020000
_REC, _PRIVATE, _BIND = 16384, 1 << 18, 4096


def _mount(source: str, target: str, kind: bytes | None, flags: int, options: bytes | None) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(source.encode(), target.encode(), kind, ctypes.c_ulong(flags), options):
        raise OSError(ctypes.get_errno(), f"mount {target}")


def _cover(covered: dict[str, list[str]]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_MOUNTS):
        raise OSError(ctypes.get_errno(), "unshare")
    _mount("none", "/", None, _REC | _PRIVATE, None)
    kept = {path: os.open(path, os.O_PATH) for paths in covered.values() for path in paths}
    for directory in covered:
        _mount("none", directory, b"tmpfs", 0, b"size=1m,mode=755")
    for path, fd in kept.items():
        os.makedirs(path, exist_ok=True)
        _mount(f"/proc/self/fd/{fd}", path, None, _BIND, None)
        os.close(fd)


def main() -> None:
    """See above."""
    user, covered, *command = sys.argv[1:]
    if paths := json.loads(covered):
        _cover(paths)
    os.setgroups([])
    os.setresgid(int(user), int(user), int(user))
    os.setresuid(int(user), int(user), int(user))
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
