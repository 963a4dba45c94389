"""A task: what its agent is told and given, and the tests that it does not see."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from openenv.sandbox import Session

_PRELUDE = Path(__file__).with_name("prelude.py")
_IMPORT = re.compile(r"^from coding_env\.tasks\.prelude import .*\n", re.MULTILINE)
_MOST_TEXT = 500
_GRADED_WITHIN_S = 10.0
_CALLED_WITHIN_S = 5.0
_PASSED, _FAILED = "the hidden tests pass", "the hidden tests do not pass"


class Split(StrEnum):
    """What a task is for."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


@dataclass(frozen=True)
class Grade:
    """What came of a submission: the reward, 1.0 or 0.0, and a word for the agent, which tells nothing of the tests."""

    reward: float
    text: str


@dataclass(frozen=True)
class Task:
    """``files`` are in the workspace at first, and those named like one of ``solution`` are handed in. ``solution``
    gets the full reward; what is in the workspace at first gets none."""

    id: str
    split: Split
    statement: str
    files: dict[str, bytes]
    tests: str
    source: str
    """The file that the tests come from, which their agent must not be able to read."""
    solution: dict[str, bytes]

    @classmethod
    def read(cls, folder: Path, *, split: Split) -> Task:
        """From a folder of its name: ``statement.md``, ``tests.py``, and the folders ``starter`` and ``oracle``."""
        return cls(
            id=folder.name,
            split=split,
            statement=(folder / "statement.md").read_text(encoding="utf-8"),
            files=_content(folder / "starter"),
            tests=_with_prelude((folder / "tests.py").read_text(encoding="utf-8")),
            source=str(folder / "tests.py"),
            solution=_content(folder / "oracle"),
        )

    @property
    def title(self) -> str:
        """The first line of the statement."""
        return self.statement.splitlines()[0].removeprefix("# ")

    def grade(self, session: Session) -> Grade:
        """What the hidden tests say about the files that are handed in. SessionLost when the sandbox has failed."""
        result = session.grade(
            self.tests, sorted(self.solution), timeout_s=_GRADED_WITHIN_S, call_timeout_s=_CALLED_WITHIN_S
        )
        if not result.passed:
            missing = [_missing(name, result.refused) for name in sorted(self.solution)]
            return Grade(0.0, "; ".join(filter(None, missing))[:_MOST_TEXT] or _FAILED)
        return Grade(1.0, _PASSED)

    def public(self) -> dict[str, Any]:
        """What everybody may know of it."""
        return {
            "task_id": self.id,
            "split": str(self.split),
            "title": self.title,
            "statement": self.statement,
            "files": sorted(self.files),
            "submits": sorted(self.solution),
        }


def _with_prelude(tests: str) -> str:
    return _IMPORT.sub("", f"{_PRELUDE.read_text(encoding='utf-8')}\n{tests}")


def _content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def _missing(name: str, refused: Mapping[str, str]) -> str:
    """Why a file that is to be handed in cannot be, where it, or something in its place, was refused."""
    for path, why in refused.items():
        if path == name or path.startswith(f"{name}/"):
            return f"{name} cannot be handed in: {why}"
    return ""
