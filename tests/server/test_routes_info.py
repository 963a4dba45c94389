"""What a server says about itself and its environment, without a session."""

from pathlib import Path

import pytest

from echo_env.server.echo_environment import EchoEnvironment
from openenv import Observation
from tests.server.environments import Counter, Described

ROOT = Path(__file__).resolve().parents[2]


def test_a_server_is_healthy(serve):
    response = serve(Counter).get("/health")
    assert (response.status_code, response.text) == (200, '{"status":"healthy"}')


def test_metadata_comes_from_the_class_and_makes_no_environment(serve, journaled, journal, host):
    client = serve(journaled(Counter), host_sessions=host)
    response = client.get("/metadata")
    assert response.text == (
        '{"name":"Counter","description":"Counter environment","readme_content":null,"version":"1.0.0",'
        '"author":null,"documentation_url":null}'
    )
    assert journal.events == []


def test_an_environment_with_metadata_of_its_own_is_asked_once(serve, journaled, journal, host):
    client = serve(journaled(Described), host_sessions=host)
    answers = [client.get("/metadata").json() for _ in range(2)]
    assert (
        answers
        == [
            {
                "name": "described",
                "description": "asked 1 times on no event loop",
                "readme_content": None,
                "version": None,
                "author": None,
                "documentation_url": None,
            }
        ]
        * 2
    )
    assert journal.events == ["made"]


def test_asking_for_metadata_takes_no_session(serve, host):
    client = serve(Described, max_concurrent_envs=1, host_sessions=host)
    session = {"X-OpenEnv-Session": client.post("/reset").headers["X-OpenEnv-Session"]}
    client.get("/state", headers=session)
    assert client.get("/metadata").json()["name"] == "described"
    assert client.get("/state", headers=session).status_code == 200


def test_metadata_includes_what_the_environment_s_folder_says(serve):
    metadata = serve(EchoEnvironment).get("/metadata").json()
    assert metadata["readme_content"] == (ROOT / "envs/echo_env/README.md").read_text()


class Beginning(Observation):
    """What reset returns."""

    rules: str


def test_the_schema_has_all_models(serve):
    schema = serve(Counter, reset_observation_cls=Beginning).get("/schema").json()
    assert {name: model["title"] for name, model in schema.items()} == {
        "action": "Add",
        "observation": "Total",
        "state": "Count",
        "reset_observation": "Beginning",
    }
    assert schema["action"]["properties"]["amount"] == {"default": 0, "title": "Amount", "type": "integer"}


def test_reset_returns_an_observation_where_nothing_else_is_said(serve):
    schema = serve(Counter).get("/schema").json()
    assert schema["reset_observation"] == schema["observation"]


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_the_routes_are_documented(serve, path):
    assert serve(Counter).get(path).status_code == 200
