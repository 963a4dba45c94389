"""The client of the coding environment."""

from coding_env.models import CodeAction, CodeObservation, CodeState
from openenv import EnvClient


class CodingEnv(EnvClient[CodeAction, CodeObservation, CodeState]):
    """A session of the coding environment."""
