"""Every environment that is installed plays the same episode whatever carries it."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic_core import to_json

from openenv import EnvClient, GenericEnvClient, StepResult
from openenv.client.local import LocalRuntime
from openenv.contract.adapters import adapter_of
from openenv.contract.arrays import is_array
from openenv.contract.flat import flattened
from openenv.registry.description import EnvironmentDescription
from openenv.registry.discovery import installed_environments
from openenv.registry.loading import NamedFactory, load_object
from openenv.runtimes.embedded import EmbeddedRuntime
from openenv.runtimes.process import ProcessRuntime
from openenv.wire import values

MAX_STEPS = 20
ENVIRONMENTS = installed_environments().environments


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def described(request) -> EnvironmentDescription:
    return ENVIRONMENTS[request.param]


@pytest.fixture(scope="module")
def url(described) -> Iterator[str]:
    """Of a server of its own."""
    server = ProcessRuntime(described.name)
    yield server.open().url
    server.close()


def episode(client: EnvClient[Any, Any, Any], described: EnvironmentDescription) -> tuple[list[StepResult[Any]], Any]:
    """What its example policy sees, and the state in the end."""
    actions = load_object(described.example_policy)() if described.example_policy else ()
    with client as env:
        results = [env.reset(seed=7, episode_id="the same")]
        for action in itertools.islice(actions, MAX_STEPS):
            if results[-1].done:
                break
            results.append(env.step(action))
        return results, env.state()


def told(results: list[StepResult[Any]], state: Any) -> list[str]:
    """All of it as texts, of which NaN too equals itself."""
    said = [(bare(r.observation), r.reward, r.done, r.truncated, bare(r.metadata)) for r in results]
    return [repr(each) for each in (*said, bare(state))]


def bare(value: Any) -> Any:
    """Models as dicts, and arrays as what makes them."""
    if is_array(value):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, dict):
        return {name: bare(item) for name, item in value.items()}
    if isinstance(value, list):
        return [bare(item) for item in value]
    return bare(adapter_of(type(value)).dump(value)) if hasattr(value, "__dict__") else value


def test_an_episode_is_the_same_over_v1_and_v2_embedded_and_in_process(described, url):
    kind, factory = load_object(described.client), NamedFactory(described.environment)
    clients = {
        "v1": kind(url, wire="v1"),
        "v2": kind(url),
        "embedded": kind(provider=EmbeddedRuntime(factory)),
        "in-process": kind(provider=LocalRuntime(factory)),
    }
    seen = {way: told(*episode(client, described)) for way, client in clients.items()}
    assert seen == dict.fromkeys(clients, seen["v2"])


def test_a_client_without_models_sees_on_v1_what_json_makes_of_v2(described, url):
    on_v1, state_on_v1 = episode(GenericEnvClient(url, wire="v1"), described)
    on_v2, state_on_v2 = episode(GenericEnvClient(url), described)
    observation, state = (load_object(name) for name in (described.observation, described.state or "openenv:State"))
    wanted = [as_json(result.observation, observation) for result in on_v2]
    assert [result.observation for result in on_v1] == wanted
    assert state_on_v1 == as_json(state_on_v2, state)


def as_json(fields: dict[str, Any], model: type[Any]) -> Any:
    flat = flattened(fields, adapter_of(model).flat)
    return json.loads(to_json(flat, fallback=values.to_json, inf_nan_mode="null"))


def test_there_are_environments_to_play_in():
    assert {"atari-env", "coding-env", "echo-env", "openspiel-env"} <= ENVIRONMENTS.keys()
