"""The older name of `openenv.core.client_types`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openenv.core.client_types import *
else:
    from openenv.core.client_types import __all__, __dir__, __getattr__
