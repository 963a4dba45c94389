"""The transforms that come with the library."""

from typing import TYPE_CHECKING

from openenv._lazy import attach

if TYPE_CHECKING:
    from openenv.contract.transforms import CompositeTransform as CompositeTransform
    from openenv.contract.transforms import NullTransform as NullTransform
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "CompositeTransform": "openenv.contract.transforms",
            "NullTransform": "openenv.contract.transforms",
        },
    )
