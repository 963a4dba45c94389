"""The interpreters of the two virtual environments, and the core that pinned programs share."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

OURS = sys.executable
REFERENCE = str(ROOT / ".venv-reference" / "bin" / "python")
"""It has the reference implementation and nothing of ours; ``scripts/set-up --with-reference`` makes it."""

ENVPOOL = str(ROOT / ".venv-envpool" / "bin" / "python")
"""It has EnvPool, which is only measured beside ours; ``scripts/set-up --with-envpool`` makes it."""


def console_script(python: str) -> str:
    """The ``openenv`` command that is installed beside an interpreter."""
    return str(Path(python).with_name("openenv"))


def pinned(command: list[str]) -> list[str]:
    """The command, with whatever it starts, on one core that is the same for all."""
    return ["taskset", "-c", str(min(os.sched_getaffinity(0))), *command]
