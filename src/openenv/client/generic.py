"""The generic client: dicts in, dicts out, for environments whose package is not installed here."""

from __future__ import annotations

from typing import Any

from openenv.client.env_client import EnvClient


class GenericAction(dict[str, Any]):
    """An action by its fields: ``GenericAction(message="hi")``."""


class GenericEnvClient(EnvClient[dict[str, Any], dict[str, Any], dict[str, Any]]):
    """A client of any environment. Observations and states are dicts of what their models hold."""
