"""Atari: the games of the Arcade Learning Environment."""

from typing import TYPE_CHECKING

from openenv._lazy import attach

if TYPE_CHECKING:
    from atari_env.client import AtariEnv as AtariEnv
    from atari_env.images import png as png
    from atari_env.models import AtariAction as AtariAction
    from atari_env.models import AtariObservation as AtariObservation
    from atari_env.models import AtariState as AtariState
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "AtariAction": "atari_env.models",
            "AtariEnv": "atari_env.client",
            "AtariObservation": "atari_env.models",
            "AtariState": "atari_env.models",
            "png": "atari_env.images",
        },
    )
