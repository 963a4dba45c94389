from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from coding_env import CodeAction, CodeObservation, CodeState, CodingEnv
from openenv import SyncEnvClient
from openenv.client.local import LocalRuntime
from openenv.registry.loading import NamedFactory
from openenv.runtimes.embedded import EmbeddedRuntime

RUNTIMES = {"embedded": EmbeddedRuntime, "inprocess": LocalRuntime}
ENVIRONMENT = "coding_env.server.coding_environment:CodingEnvironment"

Client = SyncEnvClient[CodeAction, CodeObservation, CodeState]
Run = Callable[..., CodeObservation]


@pytest.fixture(scope="module", params=RUNTIMES)
def runtime(request) -> str:
    """The name of the runtime that a test's environment runs in."""
    return str(request.param)


@pytest.fixture(scope="module")
def open_client(runtime) -> Callable[..., AbstractContextManager[Client]]:
    """Makes a client of a new environment with these options."""
    return lambda **options: CodingEnv(provider=RUNTIMES[runtime](NamedFactory(ENVIRONMENT, options))).sync()


@pytest.fixture(scope="module")
def shared(open_client) -> Iterator[Client]:
    with open_client(limits={"output_kb": 2}) as client:
        yield client


@pytest.fixture
def client(shared: Client) -> Client:
    """A client in a new episode. Of each stream 2 KB are kept."""
    shared.reset()
    return shared


@pytest.fixture
def run(client) -> Run:
    """Runs code in a new episode and gives what is observed."""
    return runner(client)


@pytest.fixture
def run_in() -> Callable[[Client], Run]:
    return runner


def runner(client: Client) -> Run:
    def run(code: str, *, timeout_s: float | None = None, **fields: Any) -> CodeObservation:
        times = {} if timeout_s is None else {"timeout_s": timeout_s}
        return client.step(CodeAction(code=code, **fields), **times).observation

    return run
