"""The client of the Atari environment."""

from atari_env.models import AtariAction, AtariObservation, AtariState
from openenv import EnvClient


class AtariEnv(EnvClient[AtariAction, AtariObservation, AtariState]):
    """A session of the Atari environment."""
