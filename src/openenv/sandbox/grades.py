"""Grades: what tests said about the files of a session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openenv.sandbox.results import ExecResult


@dataclass(frozen=True)
class Verdict:
    """Of one test; ``message`` says why it failed. It shows lines of the tests, so that it is not for whoever is
    graded, and may quote what the graded code said."""

    name: str
    passed: bool
    message: str = ""


@dataclass(frozen=True)
class GradeResult:
    """``refused`` names the declared files that were not copied, and why. ``run`` is what came of the tests' own
    process, with what they printed; what the graded code printed is not in it."""

    verdicts: tuple[Verdict, ...]
    refused: Mapping[str, str]
    run: ExecResult

    @property
    def passed(self) -> bool:
        """Every test did."""
        return all(verdict.passed for verdict in self.verdicts)

    @property
    def score(self) -> float:
        """The part of the tests that passed, from 0 to 1."""
        return sum(verdict.passed for verdict in self.verdicts) / len(self.verdicts)
