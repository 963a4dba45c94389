"""Levels: the strongest one that this machine gives and the probes confirm, or a word on why there is none."""

from __future__ import annotations

from openenv.errors import RuntimeUnavailable
from openenv.sandbox.factory import Factory
from openenv.sandbox.isolation import Level
from openenv.sandbox.probes import probe
from openenv.sandbox.setting import Wanted, setting_of
from openenv.sandbox.waiting import Wait

TRIED = (Level.JAIL_CGROUP, Level.JAIL, Level.CONTAINER, Level.LANDLOCK)
"""From the strongest on; the one that keeps nothing away takes a word of its own."""

_UNSAFE = "level 'none' keeps the code from nothing: it takes allow_unsafe=True"


async def choose(
    wait: Wait, wanted: Wanted, *, level: str, min_isolation: str, allow_unsafe: bool, ready: int
) -> Factory:
    """A factory that has begun. RuntimeUnavailable when no level holds that is strong enough."""
    least = Level(min_isolation)
    candidates = TRIED if level == "auto" else (Level(level),)
    if Level.NONE in candidates and not allow_unsafe:
        raise RuntimeUnavailable(_UNSAFE)
    reasons = []
    for candidate in candidates:
        if not candidate.reaches(least) and not (candidate is Level.NONE and allow_unsafe):
            reasons.append(f"{candidate}: weaker than {least}, which min_isolation asks for")
            continue
        try:
            return await attempt(wait, candidate, wanted, ready=ready)
        except RuntimeUnavailable as error:
            reasons.append(f"{candidate}: {error}")
    raise RuntimeUnavailable("no level of isolation is to be had here:\n" + "\n".join(reasons))


async def attempt(wait: Wait, level: Level, wanted: Wanted, *, ready: int = 0) -> Factory:
    """One level. RuntimeUnavailable, with the reason, when it does not hold."""
    factory = Factory(setting_of(level, wanted), ready=ready)
    try:
        await factory.begin(wait)
        if level is not Level.NONE:
            await probe(factory, wait)
    except BaseException:
        await factory.close(wait)
        raise
    return factory
