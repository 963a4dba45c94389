"""The synchronous client."""

from typing import TYPE_CHECKING

from openenv._lazy import attach

if TYPE_CHECKING:
    from openenv.client.sync import SyncEnvClient as SyncEnvClient
else:
    __getattr__, __dir__, __all__ = attach(__name__, {"SyncEnvClient": "openenv.client.sync"})
