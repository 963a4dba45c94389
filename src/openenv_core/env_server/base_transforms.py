"""The older name of `openenv.core.env_server.base_transforms`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openenv.core.env_server.base_transforms import *
else:
    from openenv.core.env_server.base_transforms import __all__, __dir__, __getattr__
