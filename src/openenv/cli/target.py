"""What ``openenv serve`` is given: a name, a folder or ``module:attribute``, and the application that each means."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from fastapi import FastAPI

from openenv.errors import InvalidManifest, UnknownEnvironment
from openenv.registry.discovery import describe
from openenv.registry.loading import NamedFactory, load_object
from openenv.registry.manifest import DEFAULT_APP, FILE_NAME, Manifest
from openenv.server.app import create_app
from openenv.server.env_server import HTTPEnvServer
from openenv.sessions.pool import PoolOptions


@dataclass(frozen=True)
class Wishes:
    """What the person who serves decides; None leaves it to the environment."""

    options: Mapping[str, Any] = field(default_factory=dict)
    change: Callable[[PoolOptions], PoolOptions] | None = None
    """What sessions are granted, made of what they would be."""


def application_of(target: str, wishes: Wishes) -> FastAPI:
    """The application. UnknownEnvironment or InvalidManifest when the target names none; what the environment's own
    modules raise passes through."""
    if os.sep in target or target in (".", ".."):
        return _from_folder(Path(target), wishes)
    if ":" in target:
        sys.path.insert(0, os.getcwd())
        return _from_object(target, wishes)
    try:
        description = describe(target)
    except UnknownEnvironment:
        if not (Path(target) / FILE_NAME).is_file():
            raise
        return _from_folder(Path(target), wishes)
    if description.app is not None and not wishes.options:
        return _from_object(description.app, wishes)
    return _from_factory(description.environment, wishes, name=description.name)


def _from_folder(folder: Path, wishes: Wishes) -> FastAPI:
    """As a package where it is one; its modules may import each other by either name, as in the reference's layout."""
    manifest = Manifest.read(folder)
    place, app = folder.resolve(), manifest.app or DEFAULT_APP
    if not (place / "__init__.py").is_file() or not place.name.isidentifier():
        sys.path.insert(0, str(place))
        return _from_object(app, wishes)
    sys.path.insert(0, str(place.parent))
    sys.path.append(str(place))
    return _from_object(f"{place.name}.{app}", wishes)


def _from_object(target: str, wishes: Wishes) -> FastAPI:
    found = _load(target)
    if isinstance(found, FastAPI):
        return _adjusted(found, target, wishes)
    if callable(found):
        return _from_factory(target, wishes)
    raise InvalidManifest(f"{target} is {type(found).__name__}, neither an environment's class nor an application")


def _from_factory(target: str, wishes: Wishes, *, name: str | None = None) -> FastAPI:
    try:
        return create_app(
            NamedFactory(target, wishes.options),
            env_name=name,
            session_options=wishes.change(PoolOptions()) if wishes.change else None,
        )
    except TypeError as error:
        raise InvalidManifest(f"{target} cannot be served: {error}") from error


def _adjusted(app: FastAPI, target: str, wishes: Wishes) -> FastAPI:
    if wishes.options:
        raise click.UsageError(f"{target} is an application that is made already; --option goes with a class or a name")
    if wishes.change is None:
        return app
    server = getattr(app.state, "openenv", None)
    if not isinstance(server, HTTPEnvServer):
        raise click.UsageError(f"{target} was not made by create_app; options about its sessions need that")
    server.pool.options = wishes.change(server.pool.options)
    return app


def _load(target: str) -> Any:
    try:
        return load_object(target)
    except ModuleNotFoundError as error:
        module = target.partition(":")[0]
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise  # a module that the target's own code imports
        raise InvalidManifest(f"{target} cannot be served: there is no module {error.name!r}") from error
