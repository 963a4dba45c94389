"""The jail: one sandbox for all sessions of this process, from the first of them until the process ends."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from openenv.errors import OpenEnvError, RuntimeUnavailable
from openenv.sandbox import Isolation, Level, Limits, Sandbox, Session

Files = Mapping[str, str | bytes]

_REFUSED = 77
_READING = f"try: open({{!r}}, 'rb').read(1)\nexcept OSError: raise SystemExit({_REFUSED})"


@dataclass(frozen=True)
class Wanted:
    """What an environment asks of its sandbox; those that ask for the same share one."""

    limits: Limits = field(default_factory=Limits)
    level: str = "auto"
    min_isolation: str = "landlock"
    preload: tuple[str, ...] = ()

    @property
    def allows_unsafe(self) -> bool:
        """Somebody has said outright that nothing shall hold the code."""
        return self.level == "none"


class Jail:
    """Makes sessions, for several threads."""

    def __init__(self, wanted: Wanted) -> None:
        self._hidden: set[str] = set()
        self._sandbox = _started(wanted)

    @property
    def isolation(self) -> Isolation:
        """What holds its sessions."""
        return self._sandbox.isolation

    def session(self, files: Files) -> Session:
        """A new one with these files in its workspace. OSError or ValueError when there is no place for them."""
        session = self._sandbox.session()
        try:
            session.write_all(files)
        except BaseException:
            session.close()
            raise
        return session

    def require_hidden(self, path: str) -> None:
        """RuntimeUnavailable unless the code cannot read a file of the host, which is tried once."""
        if path in self._hidden:
            return
        with self.session({}) as session:
            tried = session.exec(_READING.format(path))
        if tried.exit_code != _REFUSED:
            raise RuntimeUnavailable(
                f"there are no tasks here: the code that is run could read {path}. Install this environment outside of "
                f"{sys.prefix}, as its Dockerfile does, and have a sandbox that protects (level {self.isolation.level})"
            )
        self._hidden.add(path)

    def close(self) -> None:
        """End it with all its sessions."""
        self._sandbox.close()


def _started(wanted: Wanted) -> Sandbox:
    """With a session that is ready beforehand where sessions are put into cgroups, which takes longer than to make
    them."""
    start = partial(
        Sandbox,
        wanted.preload,
        wanted.limits,
        min_isolation=wanted.min_isolation,
        allow_unsafe=wanted.allows_unsafe,
    )
    if wanted.level in ("auto", Level.JAIL_CGROUP):
        try:
            return start(level=Level.JAIL_CGROUP, ready=1)
        except RuntimeUnavailable:
            if wanted.level != "auto":
                raise
    return start(level=wanted.level)


_lock = threading.Lock()  # protects _jails, so that those who ask for the same get the same
_jails: dict[Wanted, Jail] = {}
_closes_at_exit = False  # of this process: a worker forgets what its zygote has registered


def jail_for(wanted: Wanted) -> Jail:
    """This process's. RuntimeUnavailable when this machine does not give the isolation that is asked for."""
    global _closes_at_exit
    with _lock:
        if not _closes_at_exit:
            atexit.register(_close_all, os.getpid())
            _closes_at_exit = True
        if wanted not in _jails:
            _jails[wanted] = Jail(wanted)
        return _jails[wanted]


def plain(isolation: Isolation) -> dict[str, Any]:
    """The isolation as JSON has it, the plain line included; without the user's id, which is another one each time."""
    limits = {name: value for name, value in vars(isolation.limits).items() if value is not None}
    return {
        "level": str(isolation.level),
        "namespaces": isolation.namespaces,
        "landlock": isolation.landlock,
        "seccomp": isolation.seccomp,
        "cgroup": isolation.cgroup,
        "limits": limits,
        "text": str(isolation),
    }


def _close_all(owner: int) -> None:
    if os.getpid() != owner:
        return
    for jail in _jails.values():
        with suppress(OpenEnvError, OSError):  # it ends with this process all the same
            jail.close()
    _jails.clear()


def _forget() -> None:
    """After a fork the sandboxes are the parent's, and so is whoever holds the lock."""
    global _lock, _closes_at_exit
    _lock, _closes_at_exit = threading.Lock(), False
    _jails.clear()


os.register_at_fork(after_in_child=_forget)
