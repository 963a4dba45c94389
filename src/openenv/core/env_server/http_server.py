"""The server."""

from typing import TYPE_CHECKING

from openenv._lazy import attach

if TYPE_CHECKING:
    from openenv.server.app import create_app as create_app
    from openenv.server.app import create_fastapi_app as create_fastapi_app
    from openenv.server.env_server import HTTPEnvServer as HTTPEnvServer
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "HTTPEnvServer": "openenv.server.env_server",
            "create_app": "openenv.server.app",
            "create_fastapi_app": "openenv.server.app",
        },
    )
