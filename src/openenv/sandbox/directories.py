"""Directories of sessions that have no file system of their own: on the host, and removed with them."""

from __future__ import annotations

import logging
import os
import tempfile
from contextlib import suppress

from openenv.sandbox.files import acting_as
from openenv.sandbox.inside.plan import Place, make_directories
from openenv.sandbox.trees import empty_tree

logger = logging.getLogger("openenv.sandbox")


class Directories:
    """A directory for all sessions of a sandbox; nobody can list it, and each has a name that cannot be guessed."""

    def __init__(self, *, user: int) -> None:
        self._user = user
        self.root = tempfile.mkdtemp(prefix="openenv-sandbox-")
        os.chmod(self.root, 0o711 if user != os.geteuid() else 0o700)

    def make(self) -> str:
        """That of one session."""
        base = tempfile.mkdtemp(prefix="session-", dir=self.root)
        place = Place.under(base)
        make_directories(place)
        if self._user != os.geteuid():
            for directory in (base, place.workspace, place.tmp, place.ahead):
                os.chown(directory, self._user, self._user)
        return base

    def remove(self, base: str) -> None:
        """What stays is logged."""
        try:
            with acting_as(self._user):
                empty_tree(base)
            with suppress(FileNotFoundError):
                os.rmdir(base)
        except OSError as error:
            logger.warning("%s could not be removed: %s", base, error)

    def close(self) -> None:
        """Remove all of it."""
        for name in os.listdir(self.root):
            self.remove(os.path.join(self.root, name))
        try:
            os.rmdir(self.root)
        except OSError as error:
            logger.warning("%s could not be removed: %s", self.root, error)
