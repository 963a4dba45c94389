"""Removing a directory that code has filled which nobody trusts, however deep and however protected."""

from __future__ import annotations

import itertools
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress

_WITHIN_S = 30.0
"""Only something that still writes there takes longer."""


def empty_tree(root: str) -> None:
    """Remove all that is in it; OSError when something stays.

    Nothing that has written there should still run. What does may turn this to other paths: call it as the user who
    owns these files.

    Level by level: directories move up to the root before their turn comes, so that no path gets long.
    """
    deadline = time.monotonic() + _WITHIN_S
    names = (os.path.join(root, f"{uuid.uuid4().hex}-{number}") for number in itertools.count())
    with suppress(FileNotFoundError):
        while entries := _entries(root):
            for entry in entries:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{root} is not empty after {_WITHIN_S:g} s")
                _remove_entry(entry, names)


def _remove_entry(entry: os.DirEntry[str], names: Iterator[str]) -> None:
    if not entry.is_dir(follow_symlinks=False):
        os.unlink(entry.path)
        return
    for inner in _entries(entry.path):
        if inner.is_dir(follow_symlinks=False):
            os.chmod(inner.path, 0o700)
            os.rename(inner.path, next(names))
        else:
            os.unlink(inner.path)
    os.rmdir(entry.path)


def _entries(directory: str) -> list[os.DirEntry[str]]:
    os.chmod(directory, 0o700)
    with os.scandir(directory) as found:
        return list(found)
