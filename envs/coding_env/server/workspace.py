"""Workspaces: the directories that an episode's code works in."""

import itertools
import logging
import os
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

logger = logging.getLogger("coding_env")

_REMOVAL_S = 30.0
"""Seconds for removing; only something that still writes there takes longer."""


class Workspace:
    """A new temporary directory with two in it: ``home``, which the code starts in, and ``tmp``."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="coding-env-"))
        self.home = self.root / "home"
        self.tmp = self.root / "tmp"
        self.home.mkdir()
        self.tmp.mkdir()

    def remove(self) -> None:
        """Remove all of it, however deep and however protected. What stays, because something writes there still or
        changed its owner, is logged."""
        try:
            _remove_tree(str(self.root), deadline=time.monotonic() + _REMOVAL_S)
        except FileNotFoundError:  # the code has removed it itself
            pass
        except OSError as error:
            logger.warning("%s could not be removed: %s", self.root, error)


def _remove_tree(root: str, *, deadline: float) -> None:
    """Level by level: directories move up to the root before their turn comes, so that no path gets long."""
    if os.path.islink(root):
        os.unlink(root)
        return
    names = (os.path.join(root, f"{uuid.uuid4().hex}-{number}") for number in itertools.count())
    while entries := _entries(root):
        for entry in entries:
            if time.monotonic() > deadline:
                raise TimeoutError(f"it is not empty after {_REMOVAL_S:g} s")
            _remove_entry(entry, names)
    os.rmdir(root)


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
