from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from atari_env import AtariAction, AtariEnv, AtariObservation, AtariState
from openenv import SyncEnvClient
from openenv.client.local import LocalRuntime
from openenv.registry.loading import NamedFactory
from openenv.runtimes.embedded import EmbeddedRuntime

RUNTIMES = {"embedded": EmbeddedRuntime, "inprocess": LocalRuntime}
ENVIRONMENT = "atari_env.server.atari_environment:AtariEnvironment"

Client = SyncEnvClient[AtariAction, AtariObservation, AtariState]


@pytest.fixture(params=RUNTIMES)
def open_client(request) -> Callable[..., AbstractContextManager[Client]]:
    """Makes a client of a new environment with these options. Embedded ones are forked with their process, others by
    their snapshots."""
    runtime = RUNTIMES[request.param]
    return lambda **options: AtariEnv(provider=runtime(NamedFactory(ENVIRONMENT, options))).sync()
