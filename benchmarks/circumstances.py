"""The circumstances of a run: when, on what machine, with which versions."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.interpreters import OURS, REFERENCE
from benchmarks.processes import run


@dataclass(frozen=True)
class Circumstances:
    """``load_before`` is the machine's load average of the last minute: what others ran on it."""

    date: str
    processor: str
    cpus: int
    kernel: str
    load_before: float
    ours: dict[str, str]
    reference: dict[str, str]

    @classmethod
    def now(cls) -> Circumstances:
        """Look."""
        return cls(
            date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            processor=_processor(),
            cpus=len(os.sched_getaffinity(0)),
            kernel=f"{platform.system()} {platform.release()}",
            load_before=round(os.getloadavg()[0], 2),
            ours=_versions(OURS),
            reference=_versions(REFERENCE),
        )


def _versions(python: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(run([python, "-m", "benchmarks.programs.versions"]).printed)
    return found


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
