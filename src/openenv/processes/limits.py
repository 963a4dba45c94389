"""Limits that the kernel keeps for one process."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class ProcessLimits:
    """None sets no limit. Over ``address_space_bytes`` allocations fail (MemoryError); over ``cpu_time_s`` seconds of
    processor time the kernel ends the process (SIGXCPU). See setrlimit(2)."""

    address_space_bytes: int | None = None
    cpu_time_s: float | None = None

    def apply(self) -> None:
        """To the running process, for good."""
        import resource  # not on every system, and needed only here

        if self.address_space_bytes is not None:
            resource.setrlimit(resource.RLIMIT_AS, (self.address_space_bytes, self.address_space_bytes))
        if self.cpu_time_s is not None:
            seconds = max(1, math.ceil(self.cpu_time_s))
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
