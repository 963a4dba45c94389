"""Observations and actions as plain data."""

from typing import TYPE_CHECKING

from openenv._lazy import attach

if TYPE_CHECKING:
    from openenv.server.serialization import deserialize_action as deserialize_action
    from openenv.server.serialization import serialize_observation as serialize_observation
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "deserialize_action": "openenv.server.serialization",
            "serialize_observation": "openenv.server.serialization",
        },
    )
