"""The older name of `openenv.core.env_server.http_server`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openenv.core.env_server.http_server import *
else:
    from openenv.core.env_server.http_server import __all__, __dir__, __getattr__
