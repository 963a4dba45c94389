"""What the web page of an environment knows of it."""

from typing import TYPE_CHECKING

from openenv._lazy import attach

if TYPE_CHECKING:
    from openenv.sessions.metadata import load_environment_metadata as load_environment_metadata
else:
    __getattr__, __dir__, __all__ = attach(__name__, {"load_environment_metadata": "openenv.sessions.metadata"})
