"""Unprivileged: a sandbox started by root runs as a user that owns nothing."""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from openenv.sandbox import inside
from openenv.sandbox.interpreter_paths import closed_ancestor

_FREE_USERS = range(60706, 61184)
"""Ids that systemd's documentation of users and groups lists as unused."""

_PROGRAM = str(Path(inside.__file__).with_name("dropping.py"))


def user_of_sandbox() -> int:
    """The effective user's id, and for root that of a user that is nobody's."""
    return os.geteuid() or random.SystemRandom().choice(_FREE_USERS)


def dropped(command: Sequence[str], *, user: int, needed: Sequence[str]) -> list[str]:
    """The command, run as the user; itself where this process is that user already. ``needed`` are paths that it reads
    though they may lie in directories that only root may enter."""
    if user == os.geteuid():
        return list(command)
    covered: dict[str, list[str]] = {}
    for path in needed:
        ancestor = closed_ancestor(path)
        if ancestor is not None:
            covered.setdefault(ancestor, []).append(path)
    return [sys.executable, "-I", "-S", _PROGRAM, str(user), json.dumps(covered), *command]
