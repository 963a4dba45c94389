"""The plan: what the supervisor tells the programs inside, once, before anything runs."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Plan:
    """``filters`` are the programs of seccomp, ``landlock`` its version, or 0 for none. ``readable`` is what the code
    may read, beside its own directories, ``listable`` where it may see the names of files, and ``devices`` what it may
    also write to."""

    preload: list[str]
    namespaces: bool
    landlock: int
    filters: list[bytes]
    readable: list[str]
    listable: list[str]
    devices: list[str]
    search_path: list[str]
    limits: dict[str, int] = field(default_factory=dict)
    watched_processes: int = 0
    """More than this many, which the keeper looks for from time to time, end a session; 0 where the kernel counts."""

    waits_for_go: bool = False

    def encode(self) -> bytes:
        """As JSON."""
        values = asdict(self)
        values["filters"] = [base64.b64encode(program).decode() for program in self.filters]
        return json.dumps(values).encode()

    @classmethod
    def decode(cls, data: bytes) -> Plan:
        """From JSON."""
        values = json.loads(data)
        values["filters"] = [base64.b64decode(program) for program in values["filters"]]
        return cls(**values)


@dataclass(frozen=True)
class Place:
    """The directories of one interpreter: of a session, or of a branch of one."""

    base: str
    workspace: str
    tmp: str

    @classmethod
    def under(cls, base: str) -> Place:
        """In a directory."""
        return cls(base, f"{base}/workspace", f"{base}/tmp")


def make_directories(place: Place) -> None:
    """What an interpreter writes to; its base is there."""
    for directory in (place.workspace, place.tmp):
        os.mkdir(directory, 0o700)


JAILED = Place("/session", "/workspace", "/tmp")
"""Where a session has a file system of its own."""

SHARED_MEMORY = "/dev/shm"
