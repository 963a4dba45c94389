"""What an observation says beside the output of the code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coding_env.models import CodeState
from openenv.sandbox import ExecResult, Status

SEEDING = (
    "__import__('random').seed({seed}); "
    "[module.seed({small}) for module in [__import__('sys').modules.get('numpy.random')] if module]"
)
"""Code that leaves no name behind."""

_OVER = "[the episode is over: its solution was submitted; a reset begins another]\n"
_NO_TASK = "[there is nothing to submit: this episode has no task]\n"


def is_over() -> ExecResult:
    """After a solution was submitted nothing runs."""
    return ExecResult(Status.ERROR, stderr=_OVER, exit_code=1)


def without_task(result: ExecResult) -> ExecResult:
    """It submits, and there is no task."""
    return replace(result, stderr=f"{result.stderr}{_NO_TASK}", exit_code=result.exit_code or 1)


def metadata(result: ExecResult, state: CodeState) -> dict[str, Any]:
    """How the code ended, and what holds it."""
    return {
        "isolation": (state.isolation or {}).get("text", ""),
        "status": str(result.status),
        "interpreter": "alive" if result.alive else "gone",
        "timed_out": result.timed_out,
        "out_of_memory": result.oom,
        "output_truncated": result.truncated,
        "tampered": result.tampered,
    }
