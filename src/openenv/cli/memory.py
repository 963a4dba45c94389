"""The memory of this process and of all that it has started."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")


def family_bytes() -> int | None:
    """What this process and all below it hold in memory. A page that several of them hold counts once, as a share for
    each (proc(5): Pss). None where the system does not say this, or not about all of them."""
    if not (_PROC / "self" / "smaps_rollup").exists():
        return None
    try:
        return sum(_proportional_bytes(pid) for pid in _family())
    except PermissionError:
        return None


def _family() -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (parent := _parent(int(entry.name))) is not None:
            children.setdefault(parent, []).append(int(entry.name))
    family = [os.getpid()]
    for pid in family:  # which grows meanwhile
        family += children.get(pid, [])
        yield pid


def _parent(pid: int) -> int | None:
    try:
        return int((_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        return None


def _proportional_bytes(pid: int) -> int:
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
