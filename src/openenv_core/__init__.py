"""The older name of `openenv.core`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openenv.core import *
else:
    from openenv.core import __all__, __dir__, __getattr__
