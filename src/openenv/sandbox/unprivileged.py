"""Unprivileged: a sandbox started by root runs as a user that owns nothing."""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from openenv.sandbox import inside
from openenv.sandbox.interpreter_paths import closed_ancestor

_FREE_USERS = range(60706, 61184)
"""Ids that systemd's documentation of users and groups lists as unused."""

_PROGRAM = str(Path(inside.__file__).with_name("dropping.py"))


def user_of_sandbox() -> int:
    """The effective user's id, and for root that of a user that is nobody's, also no other sandbox's."""
    if user := os.geteuid():
        return user
    free = sorted({*_FREE_USERS} - _users_with_processes()) or list(_FREE_USERS)
    chosen: int = random.SystemRandom().choice(free)
    return chosen


def _users_with_processes() -> set[int]:
    users = set()
    for process in Path("/proc").iterdir():
        with suppress(OSError):  # it has ended meanwhile
            users.add(process.stat().st_uid)
    return users


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
