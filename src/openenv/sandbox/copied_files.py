"""Copied files: what is taken out of a session to be graded, within bounds and whatever the session has put there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from openenv.sandbox.files import Files

MAX_BYTES = 4 << 20
"""Of all files together."""

MAX_FILES = 256
_MAX_DEPTH = 16


@dataclass
class CopiedFiles:
    """Regular files by path, and why others were not taken."""

    taken: dict[str, bytes] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def copy_out(files: Files, paths: Iterable[str]) -> CopiedFiles:
    """Files, and all that is in directories. ValueError when a path leads out of the workspace."""
    copied = CopiedFiles()
    left = MAX_BYTES
    for path in paths:
        for found in _found(files, path, copied):
            if len(copied.taken) >= MAX_FILES:
                copied.refused[found] = f"there are more than {MAX_FILES} files"
                break
            try:
                copied.taken[found] = files.read(found, max_bytes=left)
                left -= len(copied.taken[found])
            except OSError as error:
                copied.refused[found] = str(error)
            except ValueError:
                if _is_outside(found):
                    raise
                copied.refused[found] = f"all files together are larger than {MAX_BYTES:,} bytes"
    return copied


def _found(files: Files, path: str, copied: CopiedFiles, *, depth: int = 0) -> Iterator[str]:
    try:
        entries = files.list(path)
    except OSError:  # no directory, or none that may be entered
        yield path
        return
    for entry in entries:
        inner = f"{path}/{entry.name}"
        if entry.kind == "file":
            yield inner
        elif entry.kind == "directory" and depth < _MAX_DEPTH:
            yield from _found(files, inner, copied, depth=depth + 1)
        else:
            copied.refused[inner] = f"it is no regular file ({entry.kind})"


def _is_outside(path: str) -> bool:
    return path.startswith("/") or ".." in path.split("/")
