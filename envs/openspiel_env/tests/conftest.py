from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from openenv import SyncEnvClient
from openenv.client.local import LocalRuntime
from openenv.registry.loading import NamedFactory
from openenv.runtimes.embedded import EmbeddedRuntime
from openspiel_env import OpenSpielAction, OpenSpielEnv, OpenSpielObservation, OpenSpielState

RUNTIMES = {"embedded": EmbeddedRuntime, "inprocess": LocalRuntime}
ENVIRONMENT = "openspiel_env.server.openspiel_environment:OpenSpielEnvironment"

Client = SyncEnvClient[OpenSpielAction, OpenSpielObservation, OpenSpielState]


@pytest.fixture(scope="module", params=RUNTIMES)
def open_client(request) -> Callable[..., AbstractContextManager[Client]]:
    """Makes a client of a new environment with these options."""
    runtime = RUNTIMES[request.param]
    return lambda **options: OpenSpielEnv(provider=runtime(NamedFactory(ENVIRONMENT, options))).sync()


@pytest.fixture(scope="module")
def client(open_client) -> Iterator[Client]:
    with open_client() as client:
        yield client
