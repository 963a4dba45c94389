"""Discovery: the environments that are installed, found by their entry points in ``openenv.environments``.

An entry point names an ``EnvironmentDescription``. To find environments their descriptions are imported, and nothing
else of theirs. What was found is kept for the life of the process.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

from openenv.errors import InvalidManifest
from openenv.registry.description import EnvironmentDescription
from openenv.registry.names import name_key, unknown_environment

GROUP = "openenv.environments"


@dataclass(frozen=True)
class BrokenPlugin:
    """A plug-in that is installed and cannot be used. ``distribution`` is the package that brought it."""

    name: str
    distribution: str
    reason: str


@dataclass(frozen=True)
class InstalledEnvironments:
    """The descriptions by name, in the order of their names, and the plug-ins that give none."""

    environments: Mapping[str, EnvironmentDescription]
    broken: tuple[BrokenPlugin, ...]


@cache
def installed_environments() -> InstalledEnvironments:
    """Load the description of every plug-in. One that cannot be loaded is listed as broken and hides no other."""
    found: dict[str, EnvironmentDescription] = {}
    broken: list[BrokenPlugin] = []
    for entry, *others in _plugins().values():
        try:
            description = _load(entry)
            found[description.name] = description
        except InvalidManifest as error:
            broken.append(BrokenPlugin(entry.name, distribution_of(entry), str(error)))
        taken = f"the name is taken by {distribution_of(entry)}"
        broken += [BrokenPlugin(other.name, distribution_of(other), taken) for other in others]
    return InstalledEnvironments(MappingProxyType(dict(sorted(found.items()))), tuple(broken))


def describe(name: str) -> EnvironmentDescription:
    """The description of one environment, by any spelling of its name; no other plug-in is loaded.

    UnknownEnvironment suggests the nearest names; InvalidManifest says why the plug-in cannot be used.
    """
    return _load(entry_point(name))


def entry_point(name: str) -> EntryPoint:
    """What the environment's package registered. A name that is not known is looked for once more among what has been
    installed since."""
    key = name_key(name)
    if key not in _plugins():
        refresh()
    if key not in _plugins():
        raise unknown_environment(name, [entry.name for entry, *_ in _plugins().values()])
    return _plugins()[key][0]


def distribution_of(entry: EntryPoint) -> str:
    """The package that registered it, with its version."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else "an unknown package"


def refresh() -> None:
    """Forget what was found; the next question looks again."""
    importlib.invalidate_caches()
    for remembered in (_plugins, _load, installed_environments):
        remembered.cache_clear()


@cache
def _plugins() -> dict[str, list[EntryPoint]]:
    """By the key of the name; the first on ``sys.path`` wins."""
    found: dict[str, list[EntryPoint]] = {}
    for entry in entry_points(group=GROUP):
        found.setdefault(name_key(entry.name), []).append(entry)
    return found


@cache
def _load(entry: EntryPoint) -> EnvironmentDescription:
    try:
        description = entry.load()
    except (Exception, SystemExit) as error:  # whatever the author's module does when it is imported
        reason = f"{type(error).__name__}: {error}"
        raise InvalidManifest(f"the plug-in {entry.value} of {entry.name} cannot be loaded: {reason}") from error
    if not isinstance(description, EnvironmentDescription):
        found = type(description).__name__
        raise InvalidManifest(f"the plug-in {entry.value} of {entry.name} is {found}, not an EnvironmentDescription")
    if name_key(description.name) != name_key(entry.name):
        raise InvalidManifest(f"the plug-in {entry.value} of {entry.name} describes {description.name!r}")
    return description
