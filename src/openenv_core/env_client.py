"""The older name of `openenv.core.env_client`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openenv.core.env_client import *
else:
    from openenv.core.env_client import __all__, __dir__, __getattr__
