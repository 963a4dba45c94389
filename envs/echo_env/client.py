"""The client of the echo environment."""

from echo_env.models import EchoAction, EchoObservation, EchoState
from openenv import EnvClient


class EchoEnv(EnvClient[EchoAction, EchoObservation, EchoState]):
    """A session of the echo environment."""
