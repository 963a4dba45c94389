"""Isolation: how much keeps a sandbox's code from the rest of the machine, as a value and as one plain line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from openenv.sandbox.limits import Limits


class Level(StrEnum):
    """From the strongest on. ``docs/sandbox.md`` says what each does not stop."""

    JAIL_CGROUP = "jail+cgroup"
    """As ``JAIL``, with one limit on the memory of all that a session has: its processes, files and branches."""

    JAIL = "jail"
    """Namespaces of its own for each session, nothing of the host but its programs, Landlock, seccomp."""

    CONTAINER = "container"
    """As ``LANDLOCK``, in a container for all sessions: no network, no processes and no files of the host but its
    programs."""

    LANDLOCK = "landlock"
    """Landlock, seccomp and limits; the processes, names and mounts are the host's."""

    NONE = "none"
    """Limits only: the code may do all that the user may who runs it."""

    @classmethod
    def _missing_(cls, value: object) -> Level:
        raise ValueError(f"there is no level {value!r}; write one of {', '.join(cls)}")

    def reaches(self, least: Level) -> bool:
        """It is at least as strong."""
        return _STRENGTH.index(self) <= _STRENGTH.index(least)


_STRENGTH = list(Level)


@dataclass(frozen=True)
class Isolation:
    """What is in force. ``landlock`` is its version, 0 for none; ``user_id`` that of the host."""

    level: Level
    namespaces: bool
    landlock: int
    seccomp: bool
    cgroup: bool
    user_id: int
    limits: Limits

    def __str__(self) -> str:
        return " · ".join([f"sandbox: {self.level} ({self._means()})", *self._bounds()])

    def _means(self) -> str:
        means = ["userns+pid+net+mnt+ipc"] if self.namespaces else []
        means += ["docker: pid+net+mnt+ipc for all sessions together"] if self.level is Level.CONTAINER else []
        means += [f"landlock {self.landlock}"] if self.landlock else []
        means += ["seccomp"] if self.seccomp else []
        return ", ".join(means) or "nothing but limits"

    def _bounds(self) -> list[str]:
        limits = self.limits
        network = "network off" if self.seccomp else "network ON"
        if self.namespaces:
            files = f"files tmpfs {limits.disk_mb} MB"
        else:
            files = f"files {limits.disk_mb} MB each, NO limit on all together"
        memory = f"memory {limits.memory_mb} MB per process"
        if not self.cgroup:
            memory += ", NO whole-session cap (no cgroup)"
        else:
            memory = f"memory {limits.memory_mb} MB per session"
        return [network, files, f"processes ≤ {limits.processes}", memory]
