"""Cgroups: one for each session, where this process may make them, so that all of a session's memory has one limit.

Version 1 needs its memory controller, below the group of this process. In version 2 (cgroup_v2 in the kernel's
documentation) groups that hold processes have no children with limits: there they lie beside this process's own.
"""

from __future__ import annotations

import errno
import logging
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from openenv.errors import RuntimeUnavailable

logger = logging.getLogger("openenv.sandbox")

_MEMORY, _SWAP = ("memory.limit_in_bytes", "memory.max"), ("memory.memsw.limit_in_bytes", "memory.swap.max")
_PREFIX = "openenv-"
_REMOVED_WITHIN_S, _AGAIN_AFTER_S = 2.0, 0.01
_EVENTS = ("memory.oom_control", "memory.events")


@dataclass(frozen=True)
class Group:
    """That of one session."""

    path: Path

    def attach(self, pid: int) -> None:
        """That process, and what it starts from then on. OSError when it is not allowed."""
        (self.path / "cgroup.procs").write_text(str(pid))

    @property
    def ran_out(self) -> bool:
        """The kernel has ended a process of it because it was over its limit."""
        with suppress(OSError):
            for name in _EVENTS:
                if (file := self.path / name).exists():
                    return any(line.startswith("oom_kill ") and line != "oom_kill 0" for line in _lines(file))
        return False


class Groups:
    """Makes and removes them below one directory. Their names hold the process id of their owner, so that those of one
    that was killed are removed by the next."""

    def __init__(self, parent: Path, *, memory_bytes: int) -> None:
        self._parent = parent
        self._memory_bytes = memory_bytes
        self._made: set[Path] = set()
        self._left: list[Path] = []

    @classmethod
    def found(cls, memory_bytes: int) -> Self:
        """Where one can be made that has a limit. RuntimeUnavailable, with the reasons, where there is none."""
        reasons = []
        for parent in _parents():
            groups = cls(parent, memory_bytes=memory_bytes)
            try:
                groups.remove(groups.make())
            except OSError as error:
                reasons.append(str(error))
                continue
            _remove_stale(parent)
            return groups
        raise RuntimeUnavailable(
            f"no cgroup with a limit on memory can be made here ({'; '.join(reasons) or 'none is mounted'})"
        )

    def make(self) -> Group:
        """OSError when it cannot be made, or has no limit. Those that could not be removed before are, meanwhile."""
        left, self._left = self._left, []
        for path in left:
            self.remove(Group(path))
        group = Group(self._parent / f"{_PREFIX}{os.getpid()}-{secrets.token_hex(8)}")
        group.path.mkdir()
        self._made.add(group.path)
        try:
            _limit(group.path, _MEMORY, str(self._memory_bytes))
            with suppress(FileNotFoundError):  # where swap is not counted
                _limit(group.path, _SWAP, str(self._memory_bytes), zero_in_second=True)
        except BaseException:
            self.remove(group)
            raise
        return group

    def remove(self, group: Group) -> None:
        """Its processes have ended. One that the kernel still holds for a moment is removed later."""
        if _is_removed(group.path):
            self._made.discard(group.path)
        else:
            self._left.append(group.path)

    def close(self) -> None:
        """All that are left, of sessions that have ended with their zygote. What stays is logged."""
        deadline = time.monotonic() + _REMOVED_WITHIN_S
        while self._made and time.monotonic() < deadline:
            self._made = {path for path in self._made if not _is_removed(path)}
            if self._made:
                time.sleep(_AGAIN_AFTER_S)  # nobody tells when a group of version 1 is empty
        for path in self._made:
            logger.warning("%s could not be removed", path)


def _is_removed(path: Path) -> bool:
    try:
        path.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _remove_stale(parent: Path) -> None:
    """Only those can be removed that hold no process."""
    for path in parent.glob(f"{_PREFIX}*-*"):
        owner = path.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            _is_removed(path)


def _limit(path: Path, names: tuple[str, str], value: str, *, zero_in_second: bool = False) -> None:
    first, second = (path / name for name in names)
    if first.exists():
        first.write_text(value)
    elif second.exists():
        second.write_text("0" if zero_in_second else value)
    else:
        raise FileNotFoundError(errno.ENOENT, "its group has no limit on memory", str(path))


def _parents() -> Iterator[Path]:
    """Of version 1 first: where its memory controller is mounted, version 2 has none."""
    entries = (line.split(":", 2) for line in _lines(Path("/proc/self/cgroup")))
    places = {names: "" if path == "/" else path for _, names, path in entries}
    for line in _lines(Path("/proc/self/mounts")):
        _, mounted, kind, options, *_ = line.split()
        if kind == "cgroup" and "memory" in options.split(","):
            named = next((path for names, path in places.items() if "memory" in names.split(",")), "")
            yield Path(mounted + named)
        elif kind == "cgroup2":
            group = Path(mounted + places.get("", ""))
            yield group
            if str(group) != mounted:
                yield group.parent


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def pid_of(pidfd: int) -> int:
    """The number, in this process's view, of the process that a descriptor stands for. ProcessLookupError when it is
    gone."""
    for line in _lines(Path(f"/proc/self/fdinfo/{pidfd}")):
        name, _, value = line.partition(":")
        if name == "Pid" and int(value) > 0:
            return int(value)
    raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH))
