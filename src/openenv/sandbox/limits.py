"""Limits: how much of the machine a session may use."""

from __future__ import annotations

from dataclasses import dataclass

_LEAST = {"files": 16, "open_files": 16, "memory_mb": 32}
"""Below these not even a session begins."""

_MOST = 1 << 40


@dataclass(frozen=True)
class Limits:
    """``memory_mb`` is for each process and, where a cgroup holds the session, for all of it. ``disk_mb`` and ``files``
    are for all files of a session; where it has no file system of its own, ``disk_mb`` is for each file. ``processes``
    counts threads too. Of each of stdout and stderr the first and the last half of ``output_kb`` are kept, and code
    that prints more than ``flood_mb`` is interrupted.

    Code that does not stop within ``grace_s`` seconds when it is interrupted is ended.
    """

    memory_mb: int = 1024
    disk_mb: int = 64
    files: int = 8192
    processes: int = 64
    open_files: int = 256
    output_kb: int = 64
    flood_mb: int = 64
    cpu_s: int | None = None
    grace_s: float = 0.4

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            least = _LEAST.get(name, 1)
            if name == "grace_s":
                if not 0 < value < _MOST:
                    raise ValueError(f"{name} is {value!r}; it must be more than 0, and finite")
            elif (value is not None or name != "cpu_s") and not (isinstance(value, int) and least <= value < _MOST):
                raise ValueError(f"{name} is {value!r}; it must be a whole number, at least {least}")

    def for_kernel(self) -> dict[str, int]:
        """What the programs inside are told."""
        limits = {
            "memory_bytes": self.memory_mb << 20,
            "disk_bytes": self.disk_mb << 20,
            "file_bytes": self.disk_mb << 20,
            "files": self.files,
            "processes": self.processes,
            "open_files": self.open_files,
        }
        return limits if self.cpu_s is None else limits | {"cpu_s": self.cpu_s}
