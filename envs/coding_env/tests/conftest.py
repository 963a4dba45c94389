import os
import select
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from coding_env import CodeAction, CodeObservation, CodeState, CodingEnv
from openenv import SyncEnvClient
from openenv.client.local import LocalRuntime
from openenv.registry.loading import NamedFactory
from openenv.runtimes.embedded import EmbeddedRuntime

RUNTIMES = {"embedded": EmbeddedRuntime, "inprocess": LocalRuntime}
ENVIRONMENT = "coding_env.server.coding_environment:CodingEnvironment"
BOUND_S = 20.0

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
    with open_client(max_output_bytes=2000) as client:
        yield client


@pytest.fixture
def client(shared: Client) -> Client:
    """A client in a new episode. Of each stream 2,000 bytes are kept."""
    shared.reset()
    return shared


@pytest.fixture
def run(client) -> Run:
    """Runs code in a new episode and gives what is observed."""
    return runner(client)


@pytest.fixture
def run_in() -> Callable[[Client], Run]:
    return runner


@pytest.fixture
def watch() -> Iterator[Callable[[int], Callable[[], bool]]]:
    """Takes hold of a process by its id, and gives a function that waits for its end and says whether it came."""
    held = []

    def hold(pid: int) -> Callable[[], bool]:
        pidfd = os.pidfd_open(pid)
        held.append(pidfd)
        poll = select.poll()
        poll.register(pidfd, select.POLLIN)
        return lambda: bool(poll.poll(BOUND_S * 1000))

    yield hold
    for pidfd in held:
        os.close(pidfd)


def runner(client: Client) -> Run:
    return lambda code, **options: client.step(CodeAction(code=code), **options).observation
