"""The client of an environment."""

from typing import TYPE_CHECKING

from openenv._lazy import attach

if TYPE_CHECKING:
    from openenv.client.env_client import EnvClient as EnvClient
    from openenv.contract.results import StepResult as StepResult
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "EnvClient": "openenv.client.env_client",
            "StepResult": "openenv.contract.results",
        },
    )
