"""Isolated, typed, stateful environments for agents that learn: ``reset``, ``step``, ``state``, ``close``."""

from typing import TYPE_CHECKING

from openenv._lazy import attach

if TYPE_CHECKING:
    from openenv.auto.auto_action import AutoAction as AutoAction
    from openenv.auto.auto_env import AutoEnv as AutoEnv
    from openenv.client.env_client import EnvClient as EnvClient
    from openenv.client.generic import GenericAction as GenericAction
    from openenv.client.generic import GenericEnvClient as GenericEnvClient
    from openenv.client.sync import SyncEnvClient as SyncEnvClient
    from openenv.contract.environment import Environment as Environment
    from openenv.contract.models import Action as Action
    from openenv.contract.models import Observation as Observation
    from openenv.contract.models import State as State
    from openenv.contract.results import StepResult as StepResult
    from openenv.contract.vector_environment import Transitions as Transitions
    from openenv.contract.vector_environment import VectorEnvironment as VectorEnvironment
    from openenv.server.app import create_app as create_app
    from openenv.vector.autoreset import AutoresetMode as AutoresetMode
    from openenv.vector.results import BatchResult as BatchResult
    from openenv.vector.sync import SyncVectorEnv as SyncVectorEnv
    from openenv.vector.vector_env import VectorEnv as VectorEnv
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "Action": "openenv.contract.models",
            "AutoAction": "openenv.auto.auto_action",
            "AutoEnv": "openenv.auto.auto_env",
            "AutoresetMode": "openenv.vector.autoreset",
            "BatchResult": "openenv.vector.results",
            "EnvClient": "openenv.client.env_client",
            "Environment": "openenv.contract.environment",
            "GenericAction": "openenv.client.generic",
            "GenericEnvClient": "openenv.client.generic",
            "Observation": "openenv.contract.models",
            "State": "openenv.contract.models",
            "StepResult": "openenv.contract.results",
            "SyncEnvClient": "openenv.client.sync",
            "SyncVectorEnv": "openenv.vector.sync",
            "Transitions": "openenv.contract.vector_environment",
            "VectorEnv": "openenv.vector.vector_env",
            "VectorEnvironment": "openenv.contract.vector_environment",
            "create_app": "openenv.server.app",
        },
    )

__version__ = "1.0.0"
