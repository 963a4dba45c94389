"""The older name of `openenv.core.env_server.types`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openenv.core.env_server.types import *
else:
    from openenv.core.env_server.types import __all__, __dir__, __getattr__
