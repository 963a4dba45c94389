"""The older name of `openenv.core.generic_client`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openenv.core.generic_client import *
else:
    from openenv.core.generic_client import __all__, __dir__, __getattr__
