"""Echo: an environment that repeats what it is told, for trying out everything around it."""

from typing import TYPE_CHECKING

from openenv._lazy import attach

if TYPE_CHECKING:
    from echo_env.client import EchoEnv as EchoEnv
    from echo_env.models import EchoAction as EchoAction
    from echo_env.models import EchoObservation as EchoObservation
    from echo_env.models import EchoState as EchoState
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "EchoAction": "echo_env.models",
            "EchoEnv": "echo_env.client",
            "EchoObservation": "echo_env.models",
            "EchoState": "echo_env.models",
        },
    )
