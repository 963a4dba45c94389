"""Copied files: what is taken out of a session to be graded, within bounds and whatever the session has put there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from openenv.sandbox.files import Files

MAX_BYTES = 4 << 20
"""Of all files together."""

MAX_ENTRIES = 256
"""That are looked at, directories included."""

_MAX_DEPTH = 16


@dataclass
class CopiedFiles:
    """Regular files by path, and why others were not taken."""

    taken: dict[str, bytes] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def copy_out(files: Files, paths: Iterable[str]) -> CopiedFiles:
    """Files, and all that is in directories. ValueError when a path leads out of the workspace."""
    copied = CopiedFiles()
    left, looked_at = MAX_BYTES, 0
    for path in paths:
        for found, kind in _found(files, path):
            looked_at += 1
            if looked_at > MAX_ENTRIES:
                copied.refused[path] = f"there are more than {MAX_ENTRIES} entries"
                return copied
            if kind == "file":
                left -= _copy(files, found, copied, max_bytes=left)
            elif kind != "directory":
                copied.refused[printable(found)] = f"it is no regular file ({kind})"
    return copied


def _copy(files: Files, path: str, copied: CopiedFiles, *, max_bytes: int) -> int:
    """One file, or why not; its size."""
    try:
        data = files.read(path, max_bytes=max_bytes)
    except OSError as error:
        copied.refused[printable(path)] = str(error)
        return 0
    except ValueError:
        copied.refused[printable(path)] = f"all files together are larger than {MAX_BYTES:,} bytes"
        return 0
    copied.taken[path] = data
    return len(data)


def _found(files: Files, path: str, *, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Paths, each with the kind of what is there."""
    try:
        entries = files.list(path, most=MAX_ENTRIES + 1)
    except OSError:  # no directory, or none that may be entered
        yield path, "file"
        return
    for entry in entries:
        inner = f"{path}/{entry.name}"
        is_too_deep = entry.kind == "directory" and depth == _MAX_DEPTH
        yield inner, "a directory too deep" if is_too_deep else entry.kind
        if entry.kind == "directory" and not is_too_deep:
            yield from _found(files, inner, depth=depth + 1)


def printable(text: str) -> str:
    """With escapes in place of what is no text: a name may hold any bytes."""
    return text.encode(errors="backslashreplace").decode()
