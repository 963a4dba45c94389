"""The client of the OpenSpiel environment."""

from openenv import EnvClient
from openspiel_env.models import OpenSpielAction, OpenSpielObservation, OpenSpielState


class OpenSpielEnv(EnvClient[OpenSpielAction, OpenSpielObservation, OpenSpielState]):
    """A session of the OpenSpiel environment."""
