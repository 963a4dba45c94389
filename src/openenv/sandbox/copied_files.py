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
        for found, kind in _found(files, path):
            if len(copied.taken) + len(copied.refused) >= MAX_FILES:
                copied.refused[path] = f"there are more than {MAX_FILES} files"
                return copied
            if kind != "file":
                copied.refused[printable(found)] = f"it is no regular file ({kind})"
                continue
            try:
                copied.taken[found] = files.read(found, max_bytes=left)
                left -= len(copied.taken[found])
            except OSError as error:
                copied.refused[printable(found)] = printable(str(error))
            except ValueError:
                copied.refused[printable(found)] = f"all files together are larger than {MAX_BYTES:,} bytes"
    return copied


def _found(files: Files, path: str, *, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Paths, each with the kind of what is there."""
    try:
        entries = files.list(path, most=MAX_FILES + 1)
    except OSError:  # no directory, or none that may be entered
        yield path, "file"
        return
    for entry in entries:
        inner = f"{path}/{entry.name}"
        if entry.kind == "directory" and depth < _MAX_DEPTH:
            yield from _found(files, inner, depth=depth + 1)
        else:
            yield inner, entry.kind


def printable(text: str) -> str:
    """With escapes in place of what is no text: a name may hold any bytes."""
    return text.encode(errors="backslashreplace").decode()
