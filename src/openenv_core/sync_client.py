"""The older name of `openenv.core.sync_client`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openenv.core.sync_client import *
else:
    from openenv.core.sync_client import __all__, __dir__, __getattr__
