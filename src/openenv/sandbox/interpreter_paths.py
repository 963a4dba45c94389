"""Where this interpreter and this library lie: what a sandbox has to show of the host."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]

SOURCES = _PACKAGE.parent
"""The directory that this library is imported from."""

_ANCESTORS_MAY_ENTER = 0o001


def python_paths() -> list[str]:
    """The virtual environment, the installation that it was made from, and this library; without what is below /usr."""
    executable = os.path.dirname(os.path.realpath(sys.executable))
    wanted = [sys.prefix, sys.base_prefix, sys.exec_prefix, executable, str(_PACKAGE)]
    return without_nested(path for path in wanted if not _is_below(path, "/usr"))


def without_nested(paths: Iterable[str]) -> list[str]:
    """Each once, and none that is below another."""
    unique = sorted({os.path.normpath(path) for path in paths})
    return [path for path in unique if not any(_is_under(path, other) for other in unique if other != path)]


def closed_ancestor(path: str) -> str | None:
    """The outermost directory above a path that other users may not enter."""
    for ancestor in reversed(Path(path).parents):
        if not os.stat(ancestor).st_mode & _ANCESTORS_MAY_ENTER:
            return str(ancestor)
    return None


def _is_below(path: str, directory: str) -> bool:
    return os.path.commonpath([os.path.realpath(path), directory]) == directory


def _is_under(path: str, directory: str) -> bool:
    return os.path.commonpath([path, directory]) == directory
