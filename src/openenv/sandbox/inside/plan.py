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

    gives_way: bool = False
    """Sessions leave the processors to their keepers. Elsewhere the kernel shares these out between sessions of
    processes (autogroups, see sched(7)), of which the keeper is one; in a container it does not."""

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
    """The directories of one interpreter: of a session, or of a branch of one. ``ahead`` is where its own branches will
    be."""

    base: str
    workspace: str
    tmp: str
    ahead: str

    @classmethod
    def under(cls, base: str) -> Place:
        """A session's, in a directory."""
        return cls(base, f"{base}/workspace", f"{base}/tmp", later(base))

    @classmethod
    def of_branch(cls, base: str) -> Place:
        """A branch's: its branches lie beside it, so that they stay when it is removed."""
        return cls(base, f"{base}/workspace", f"{base}/tmp", f"{base}-ahead")


def later(directory: str) -> str:
    """In a directory with the branches of one request, where those of later ones go. Who has been forked keeps this,
    and gives up the rest."""
    return f"{directory}/ahead"


def make_directories(place: Place) -> None:
    """What an interpreter writes to; its base is there."""
    for directory in (place.workspace, place.tmp, place.ahead):
        os.mkdir(directory, 0o700)


JAILED = Place("/session", "/workspace", "/tmp", later("/session"))
"""Where a session has a file system of its own."""

SHARED_MEMORY = "/dev/shm"
