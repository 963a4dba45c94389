"""The errors of a server, under the names that existing code catches."""

from typing import TYPE_CHECKING

from openenv._lazy import attach

if TYPE_CHECKING:
    from openenv.errors import ConcurrencyConfigurationError as ConcurrencyConfigurationError
    from openenv.errors import EnvironmentFactoryError as EnvironmentFactoryError
    from openenv.errors import OpenEnvError as OpenEnvError
    from openenv.errors import SessionCapacityError as SessionCapacityError
    from openenv.errors import SessionCreationError as SessionCreationError
    from openenv.errors import SessionNotFoundError as SessionNotFoundError
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "ConcurrencyConfigurationError": "openenv.errors",
            "EnvironmentFactoryError": "openenv.errors",
            "OpenEnvError": "openenv.errors",
            "SessionCapacityError": "openenv.errors",
            "SessionCreationError": "openenv.errors",
            "SessionNotFoundError": "openenv.errors",
        },
    )
