"""Limits that the kernel keeps for each process of a session."""

from __future__ import annotations

import resource
from collections.abc import Mapping

_BY_NAME = {
    "memory_bytes": resource.RLIMIT_AS,
    "file_bytes": resource.RLIMIT_FSIZE,
    "processes": resource.RLIMIT_NPROC,
    "open_files": resource.RLIMIT_NOFILE,
    "cpu_s": resource.RLIMIT_CPU,
}
_ALWAYS = {resource.RLIMIT_CORE: 0, resource.RLIMIT_MSGQUEUE: 0, resource.RLIMIT_MEMLOCK: 64 * 1024}


def apply_limits(limits: Mapping[str, int]) -> None:
    """To this process and all that it starts, for good. No limit is raised."""
    wanted = _ALWAYS | {_BY_NAME[name]: value for name, value in limits.items() if name in _BY_NAME}
    for what, value in wanted.items():
        _, hard = resource.getrlimit(what)
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (least, least))
