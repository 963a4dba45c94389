"""The setting of a level: what the programs inside are told, and in what they run."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from openenv.errors import RuntimeUnavailable
from openenv.sandbox import jail
from openenv.sandbox.cgroups import Groups
from openenv.sandbox.container import engine
from openenv.sandbox.filters.policy import ARCHITECTURES, Filter
from openenv.sandbox.inside import landlock
from openenv.sandbox.inside.plan import Plan
from openenv.sandbox.interpreter_paths import python_paths, without_nested
from openenv.sandbox.isolation import Isolation, Level
from openenv.sandbox.limits import Limits
from openenv.sandbox.unprivileged import user_of_sandbox

_OF_HOST = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SETTINGS_OF_HOST = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/etc/mime.types")
_MACHINE = ("/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu")
_ROOM_FOR_PROCESSES = 1024
"""Without namespaces the kernel counts all processes of a user together. This much bounds what a session makes before
its keeper looks again, and leaves the other sessions enough."""

_DEVICES_OF_HOST = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


@dataclass(frozen=True)
class Setting:
    """In what a zygote runs: as which user, by which bubblewrap or container engine (None for none), what it and its
    sessions see of the host, and what it is told."""

    plan: Plan
    user: int
    bubblewrap: str | None
    readable: Sequence[str]
    isolation: Isolation
    engine: str | None = None
    groups: Groups | None = None


@dataclass(frozen=True)
class Wanted:
    """What does not depend on the level."""

    preload: Sequence[str]
    readable: Sequence[str]
    search_path: Sequence[str]
    limits: Limits


def setting_of(level: Level, wanted: Wanted) -> Setting:
    """RuntimeUnavailable, with what to do about it, where this machine lacks something that the level needs."""
    if sys.platform != "linux":
        raise RuntimeUnavailable(
            f"a sandbox needs Linux, and this is {sys.platform}: run the environment in a Linux container or machine"
        )
    user = user_of_sandbox()
    if level is Level.NONE:
        return _without_protection(wanted, user)
    if platform.machine() not in ARCHITECTURES:
        raise RuntimeUnavailable(f"there is no filter of system calls for {platform.machine()}")
    abi = landlock.version()
    if not abi:
        raise RuntimeUnavailable(
            "Landlock is not in force in this kernel: boot with lsm=landlock,… (Linux 5.13 or newer)"
        )
    if level is Level.LANDLOCK:
        return _on_host(wanted, user, abi)
    if level is Level.CONTAINER:
        return _in_container(wanted, user, abi)
    jailed = _in_jail(wanted, user, abi)
    return jailed if level is Level.JAIL else _with_groups(jailed)


def _in_jail(wanted: Wanted, user: int, abi: int) -> Setting:
    program = jail.bubblewrap()
    if program is None:
        raise RuntimeUnavailable("bubblewrap is not installed; run: apt-get install bubblewrap")
    readable = without_nested([*python_paths(), *wanted.readable])
    plan = Plan(
        preload=list(wanted.preload),
        namespaces=True,
        landlock=abi,
        filters=[_program(Filter.BASE)],
        readable=[*jail.READABLE, *readable],
        listable=["/"],
        devices=list(jail.DEVICES),
        search_path=list(wanted.search_path),
        limits=wanted.limits.for_kernel(),
    )
    isolation = Isolation(Level.JAIL, True, abi, seccomp=True, cgroup=False, user_id=user, limits=wanted.limits)
    return Setting(plan, user, program, readable, isolation)


def _with_groups(jailed: Setting) -> Setting:
    isolation = replace(jailed.isolation, level=Level.JAIL_CGROUP, cgroup=True)
    groups = Groups.found(isolation.limits.memory_mb << 20)
    return replace(jailed, plan=replace(jailed.plan, waits_for_go=True), isolation=isolation, groups=groups)


def _on_host(wanted: Wanted, user: int, abi: int) -> Setting:
    readable = without_nested([*python_paths(), *wanted.readable])
    filters = [Filter.SHARED_FILES, Filter.BASE]
    if user == os.geteuid():
        filters.insert(0, Filter.SHARED_USER)
    if abi < landlock.FIRST_WITH_SCOPES:
        filters.insert(0, Filter.NO_SIGNALS)
    plan = Plan(
        preload=list(wanted.preload),
        namespaces=False,
        landlock=abi,
        filters=[_program(which) for which in filters],
        readable=[*_OF_HOST, *_SETTINGS_OF_HOST, *_MACHINE, *readable],
        listable=[],
        devices=list(_DEVICES_OF_HOST),
        search_path=list(wanted.search_path),
        limits=wanted.limits.for_kernel() | {"processes": _processes_of(user) + _ROOM_FOR_PROCESSES},
        watched_processes=wanted.limits.processes,
    )
    isolation = Isolation(Level.LANDLOCK, False, abi, seccomp=True, cgroup=False, user_id=user, limits=wanted.limits)
    return Setting(plan, user, None, readable, isolation)


def _in_container(wanted: Wanted, user: int, abi: int) -> Setting:
    program = engine()
    setting = _on_host(wanted, user, abi)
    shown = [path for path in (*_OF_HOST, *_SETTINGS_OF_HOST) if os.path.exists(path)]
    isolation = replace(setting.isolation, level=Level.CONTAINER)
    plan = replace(setting.plan, gives_way=True)
    return replace(setting, plan=plan, engine=program, readable=[*shown, *setting.readable], isolation=isolation)


def _without_protection(wanted: Wanted, user: int) -> Setting:
    setting = _on_host(wanted, user, 0)
    isolation = Isolation(Level.NONE, False, 0, seccomp=False, cgroup=False, user_id=user, limits=wanted.limits)
    return replace(setting, plan=replace(setting.plan, filters=[]), isolation=isolation)


def _processes_of(user: int) -> int:
    """All threads of that user on this machine, as RLIMIT_NPROC counts them."""
    count = 0
    for process in Path("/proc").iterdir():
        with suppress(OSError):
            if process.name.isdigit() and process.stat().st_uid == user:
                count += len(os.listdir(process / "task"))
    return count


def _program(which: Filter) -> bytes:
    return which.path(platform.machine()).read_bytes()
