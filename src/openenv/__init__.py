"""Isolated, typed, stateful environments for agents that learn: ``reset``, ``step``, ``state``, ``close``."""

from typing import TYPE_CHECKING

from openenv._lazy import attach

if TYPE_CHECKING:
    from openenv.auto.auto_action import AutoAction
    from openenv.auto.auto_env import AutoEnv
    from openenv.client.env_client import EnvClient
    from openenv.client.generic import GenericAction, GenericEnvClient
    from openenv.client.sync import SyncEnvClient
    from openenv.contract.environment import Environment
    from openenv.contract.models import Action, Observation, State
    from openenv.contract.results import StepResult
    from openenv.server.app import create_app

__version__ = "1.0.0"

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Action": "openenv.contract.models",
        "AutoAction": "openenv.auto.auto_action",
        "AutoEnv": "openenv.auto.auto_env",
        "EnvClient": "openenv.client.env_client",
        "Environment": "openenv.contract.environment",
        "GenericAction": "openenv.client.generic",
        "GenericEnvClient": "openenv.client.generic",
        "Observation": "openenv.contract.models",
        "State": "openenv.contract.models",
        "StepResult": "openenv.contract.results",
        "SyncEnvClient": "openenv.client.sync",
        "create_app": "openenv.server.app",
    },
)
