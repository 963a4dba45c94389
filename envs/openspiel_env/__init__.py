"""OpenSpiel: its games, played against opponents or with a client in every seat."""

from typing import TYPE_CHECKING

from openenv._lazy import attach

if TYPE_CHECKING:
    from openspiel_env.client import OpenSpielEnv as OpenSpielEnv
    from openspiel_env.models import OpenSpielAction as OpenSpielAction
    from openspiel_env.models import OpenSpielObservation as OpenSpielObservation
    from openspiel_env.models import OpenSpielState as OpenSpielState
    from openspiel_env.models import Seat as Seat
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "OpenSpielAction": "openspiel_env.models",
            "OpenSpielEnv": "openspiel_env.client",
            "OpenSpielObservation": "openspiel_env.models",
            "OpenSpielState": "openspiel_env.models",
            "Seat": "openspiel_env.models",
        },
    )
