"""The neighbours: how much of the machine was used by others while a case ran."""

from __future__ import annotations

import os
import resource
import time
from dataclasses import dataclass

_CLOCK_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Moment:
    """The processors' seconds used until now: by everybody (proc(5), stat), and by us and our ended children."""

    clock_s: float
    everybody_s: float
    we_s: float

    @classmethod
    def now(cls) -> Moment:
        """Read them."""
        with open("/proc/stat") as stat:
            user, nice, system, _, _, irq, softirq, steal = map(int, stat.readline().split()[1:9])
        everybody_s = (user + nice + system + irq + softirq + steal) / _CLOCK_TICKS_PER_S
        used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return cls(time.monotonic(), everybody_s, sum(each.ru_utime + each.ru_stime for each in used))

    def others_since(self, before: Moment) -> float:
        """The share of all processors that others used since then, from 0 to 1."""
        others_s = (self.everybody_s - before.everybody_s) - (self.we_s - before.we_s)
        there_were_s = (self.clock_s - before.clock_s) * (os.cpu_count() or 1)
        return min(1.0, max(0.0, others_s / there_were_s))
