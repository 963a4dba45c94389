"""What an author overrides is called in the same way by every call."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from echo_env import EchoAction, EchoObservation
from echo_env.server.echo_environment import EchoEnvironment
from openenv import EnvClient, State, StepResult, SyncEnvClient
from openenv.client.local import LocalRuntime

ASKED: list[bool] = []


class CuriousClient(EnvClient[EchoAction, EchoObservation, State]):
    """It asks for the state while it reads an answer."""

    def _parse_result(self, payload: dict[str, Any]) -> StepResult[EchoObservation]:
        asked = self.state()
        ASKED.append(inspect.iscoroutine(asked))
        asked.close()
        return StepResult(EchoObservation(**payload["observation"]), payload["reward"], payload["done"])


@pytest.fixture
def client() -> Iterator[SyncEnvClient]:
    with CuriousClient(provider=LocalRuntime(EchoEnvironment)).sync() as client:
        yield client
    ASKED.clear()


def test_the_clients_methods_are_coroutines_within_a_hook_whatever_calls_it(client):
    client.reset()
    client.step(EchoAction(message="a"))
    client.step(EchoAction(message="a"), timeout_s=5)
    assert ASKED == [True] * 3
