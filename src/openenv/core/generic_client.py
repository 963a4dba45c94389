"""The client of any environment."""

from typing import TYPE_CHECKING

from openenv._lazy import attach

if TYPE_CHECKING:
    from openenv.client.generic import GenericAction as GenericAction
    from openenv.client.generic import GenericEnvClient as GenericEnvClient
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "GenericAction": "openenv.client.generic",
            "GenericEnvClient": "openenv.client.generic",
        },
    )
