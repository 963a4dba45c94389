"""What ``openenv bench`` measures: an installed environment by its name, or a server by its URL."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from urllib.request import urlopen

import click

from openenv.auto.auto_env import AutoEnv
from openenv.cli.episode import example_actions
from openenv.client.addresses import websocket_url
from openenv.client.generic import GenericEnvClient
from openenv.client.sync import SyncEnvClient
from openenv.errors import InvalidManifest, UnknownEnvironment
from openenv.registry.description import EnvironmentDescription
from openenv.registry.discovery import describe
from openenv.vector.sync import SyncVectorEnv
from openenv.vector.vector_env import VectorEnv

_ANSWER_S = 5.0
_SCHEMES = {"ws": "http", "wss": "https"}


@dataclass(frozen=True)
class Subject:
    """``name`` is the environment's, as far as it is known; ``description`` is there where it is installed here."""

    name: str | None
    url: str | None
    description: EnvironmentDescription | None

    @classmethod
    def of(cls, target: str) -> Subject:
        """From what the user wrote. UnknownEnvironment when it is no name of an installed environment."""
        if "://" not in target:
            description = describe(target)
            return cls(description.name, None, description)
        try:
            websocket_url(target)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        name = _name_at(target)
        return cls(name, target, None if name is None else _installed(name))

    def client(self) -> SyncEnvClient[Any, Any, Any]:
        """A client with a session of its own, which begins with the first call. Actions may be dicts."""
        if self.description is not None:
            return AutoEnv.from_env(self.description.name, base_url=self.url)
        return GenericEnvClient(base_url=self.url).sync()

    def vector(self, num_envs: int) -> SyncVectorEnv[Any, Any, Any]:
        """So many sessions as one object."""
        if self.description is not None:
            return AutoEnv.from_env(self.description.name, base_url=self.url, num_envs=num_envs)
        return VectorEnv(GenericEnvClient(base_url=self.url), num_envs).sync()

    def actions(self) -> list[Any]:
        """Those of an episode of its example policy; none where nobody knows any."""
        return [] if self.description is None else example_actions(self.description)


def _installed(name: str) -> EnvironmentDescription | None:
    with suppress(UnknownEnvironment, InvalidManifest):
        return describe(name)
    return None


def _name_at(url: str) -> str | None:
    """The environment's name, says its server. None where it does not say: whether anybody is there at all shows when
    its clients come."""
    parts = urlsplit(url)
    place = parts.path.rstrip("/").removesuffix("/ws") + "/list_environments"
    question = urlunsplit((_SCHEMES.get(parts.scheme, parts.scheme), parts.netloc, place, "", ""))
    try:
        with urlopen(question, timeout=_ANSWER_S) as answer:
            names = json.load(answer)
    except (OSError, HTTPException, ValueError):
        return None
    return names[0] if isinstance(names, list) and names and isinstance(names[0], str) else None
