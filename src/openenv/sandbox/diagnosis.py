"""The diagnosis: which levels of isolation this machine gives, tried live, and what would raise them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from openenv.errors import RuntimeUnavailable
from openenv.sandbox import jail
from openenv.sandbox.inside import landlock
from openenv.sandbox.isolation import Isolation, Level
from openenv.sandbox.levels import TRIED, attempt
from openenv.sandbox.limits import Limits
from openenv.sandbox.setting import Wanted
from openenv.sandbox.waiting import block, drive

_OFF_BY_SETTING = {
    "kernel/unprivileged_userns_clone": ("0", "1"),
    "kernel/apparmor_restrict_unprivileged_userns": ("1", "0"),
    "user/max_user_namespaces": ("0", "15000"),
}
"""Settings that keep ordinary users from namespaces: the value that does, and one that does not."""


@dataclass(frozen=True)
class Finding:
    """A level, and what is in force there, or the reason why it cannot be had."""

    level: Level
    isolation: Isolation | None
    reason: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """``findings`` from the strongest level on; ``remedies`` are commands, with what each is for."""

    findings: tuple[Finding, ...]
    remedies: tuple[str, ...]

    @property
    def best(self) -> Finding | None:
        """The strongest that holds."""
        return next((finding for finding in self.findings if finding.isolation is not None), None)


def diagnose() -> Diagnosis:
    """Starts a sandbox of each level, with its probes, one after the other: about a second in all."""
    findings = tuple(_try(level) for level in TRIED)
    missing = {finding.level for finding in findings if finding.isolation is None}
    return Diagnosis(findings, tuple(_remedies(missing)))


def _try(level: Level) -> Finding:
    try:
        factory = drive(attempt(block, level, Wanted((), (), (), Limits())))
    except RuntimeUnavailable as error:
        return Finding(level, None, str(error))
    isolation = factory.setting.isolation
    drive(factory.close(block))
    return Finding(level, isolation)


def _remedies(missing: set[Level]) -> Iterator[str]:
    if sys.platform != "linux":
        yield "run the environment on Linux: docker run --rm -it python:3.11 bash"
        return
    if Level.LANDLOCK in missing and not landlock.version():
        yield "boot Linux 5.13 or newer with Landlock, on the kernel's command line: lsm=landlock,lockdown,yama"
    if Level.JAIL in missing:
        yield from _for_jail()
    elif Level.JAIL_CGROUP in missing and os.geteuid():
        yield "for a limit on a session's memory as a whole: systemd-run --user --scope COMMAND"
    elif Level.JAIL_CGROUP in missing:
        yield "for a limit on a session's memory as a whole: mount -t cgroup2 none /sys/fs/cgroup"


def _for_jail() -> Iterator[str]:
    if jail.bubblewrap() is None:
        yield "for a jail: sudo apt-get install --yes bubblewrap"
    for name, (off, on) in _OFF_BY_SETTING.items():
        setting = Path("/proc/sys") / name
        if setting.exists() and setting.read_text().strip() == off:
            yield f"for a jail: sudo sysctl -w {name.replace('/', '.')}={on}"
    if Path("/.dockerenv").exists():
        options = " ".join(f"--security-opt {name}=unconfined" for name in ("seccomp", "apparmor", "systempaths"))
        yield f"for a jail in this container, start it with: docker run {options}"
