"""The older name of `openenv.core.env_server.web_interface`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openenv.core.env_server.web_interface import *
else:
    from openenv.core.env_server.web_interface import __all__, __dir__, __getattr__
