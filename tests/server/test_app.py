"""What makes an application."""

import asyncio
import inspect
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from openenv import Action, Environment, Observation, State, create_app
from openenv.errors import ConcurrencyConfigurationError
from openenv.server.app import create_fastapi_app
from openenv.server.env_server import HTTPEnvServer
from openenv.server.messages import ConcurrencyConfig, ServerCapacityStatus
from tests.server import closures
from tests.server.environments import Add, Counter, Exercises, Total, make_counter

# The order in which the reference takes them, without its keyword-only ones.
POSITIONAL = {
    create_app: (
        "env action_cls observation_cls env_name max_concurrent_envs concurrency_config gradio_builder custom_tab_name "
        "custom_tab_primary show_default_tab title_override state_cls"
    ),
    create_fastapi_app: ("env action_cls observation_cls max_concurrent_envs concurrency_config env_name state_cls"),
    HTTPEnvServer: "env action_cls observation_cls max_concurrent_envs concurrency_config env_name state_cls",
}
KEYWORDS = {
    create_app: {"mode", "reset_observation_cls"},
    create_fastapi_app: {"mode", "reset_observation_cls"},
    HTTPEnvServer: {"reset_observation_cls"},
}


@pytest.mark.parametrize("function", POSITIONAL)
def test_arguments_come_in_the_order_of_the_reference(function):
    parameters = inspect.signature(function).parameters.values()
    assert [p.name for p in parameters if p.kind is not p.KEYWORD_ONLY] == POSITIONAL[function].split()
    assert {p.name for p in parameters if p.kind is p.KEYWORD_ONLY} >= KEYWORDS[function]


def test_arguments_may_be_given_by_position():
    app = create_app(Counter, Add, Total, "sums", 3, None, None, "Custom", True, False, "Sums", State)
    server = app.state.openenv
    assert (app.title, server.env_name, server.max_concurrent_envs, server.types.state) == ("Sums", "sums", 3, State)


def test_the_other_order_means_the_same():
    server = create_fastapi_app(Counter, Add, Total, 3, None, "sums", State).state.openenv
    assert (server.env_name, server.max_concurrent_envs, server.types.state) == ("sums", 3, State)


def test_types_that_are_not_given_are_those_of_the_class():
    types = create_app(Counter, Add, Total).state.openenv.types
    assert types == create_app(Counter).state.openenv.types


def test_an_application_is_called_as_its_environment():
    assert (create_app(Counter).title, create_app(Counter, env_name="sums").title) == ("Counter", "sums")


def test_the_configuration_limits_the_sessions():
    server = create_app(Counter, concurrency_config=ConcurrencyConfig(max_concurrent_envs=2)).state.openenv
    assert server.get_capacity_status() == ServerCapacityStatus(active_sessions=0, max_sessions=2)


def test_the_server_counts_its_sessions(serve):
    client = serve(Counter)
    client.post("/reset")
    assert client.app.state.openenv.active_sessions == 1


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"env": Counter()}, TypeError, "env is an instance of Counter; pass the class"),
        ({"env": make_counter}, TypeError, "pass action_cls and observation_cls"),
        (
            {"env": Counter, "max_concurrent_envs": 2, "concurrency_config": ConcurrencyConfig()},
            ConcurrencyConfigurationError,
            "not both",
        ),
        ({"env": Counter, "max_concurrent_envs": 0}, ConcurrencyConfigurationError, "max_concurrent_envs is 0"),
        ({"env": Counter, "host_sessions": "moon"}, ValueError, "'moon' is not a valid HostKind"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(arguments, error, text):
    with pytest.raises(error, match=text):
        create_app(**arguments)


def test_an_environment_adds_routes_of_its_own():
    app = create_app(Counter)

    @app.get("/legend")
    async def legend() -> dict[str, str]:
        return {"a": "add"}

    client = TestClient(app)
    assert client.get("/legend").json() == {"a": "add"}
    assert client.get("/health").status_code == 200


def test_a_server_adds_its_routes_to_an_application_of_the_user(journaled, journal):
    events = []

    @asynccontextmanager
    async def lifespan(app):
        events.append("began")
        yield {"colour": "red"}
        events.append("ended")

    app = FastAPI(lifespan=lifespan)
    HTTPEnvServer(journaled(Counter), Add, Total).register_routes(app)
    with TestClient(app) as client:
        assert client.post("/reset").status_code == 200
        assert client.app_state["colour"] == "red"
    assert (events, journal.events) == (["began", "ended"], ["made", "closed"])


def test_an_application_around_it_may_take_over_its_life(journaled, journal):
    inner = create_app(journaled(Exercises))

    @asynccontextmanager
    async def lifespan(app):
        async with inner.router.lifespan_context(inner):
            yield
        assert journal.events == ["made", "made", "closed", "closed"]

    around = FastAPI(lifespan=lifespan)
    around.mount("/inner", inner)
    with TestClient(around) as client:
        client.post("/inner/reset")
        client.get("/inner/Exercises/splits")


def test_a_server_that_is_closed_has_no_sessions(host):
    async def main():
        server = HTTPEnvServer(Counter, host_sessions=host)
        for _ in range(2):
            await server.pool.open()
        before = server.active_sessions
        await server.close()
        return before, server.active_sessions

    assert asyncio.run(main()) == (2, 0)


def test_nothing_starts_before_the_first_request(serve, journaled, journal, host):
    serve(journaled(Counter), host_sessions=host)
    assert journal.events == []


@pytest.mark.parametrize(("app", "total"), [(closures.app, 100), (closures.other, 200)])
def test_a_function_without_a_name_is_found_again_in_a_process(app, total):
    with TestClient(app) as client:
        assert client.get("/state").json()["total"] == total


class Stateless(Environment[Action, Observation, State]):
    """Declares nothing about concurrency."""

    def reset(self, **options):
        return Observation()

    def step(self, action, **options):
        return Observation()

    @property
    def state(self):
        return State()


def test_many_sessions_are_possible_also_where_the_class_says_nothing(serve):
    client = serve(Stateless, Action, Observation, max_concurrent_envs=2)
    assert [client.post("/reset").status_code for _ in range(2)] == [200, 200]
