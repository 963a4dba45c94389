"""Production mode: no reset, step and state, on any way."""

import pytest

from openenv.server.messages import ServerMode
from openenv.wire import v2
from openenv.wire.frames import SUBPROTOCOL, Failure, GetState, Open, Opened, Reset, Step
from tests.server.environments import Counter

PATHS = {"/reset": "POST", "/step": "POST", "/state": "GET", "/close": "POST"}


def offered(client) -> set[str]:
    """The routes of an episode that there are."""
    return {path for path, method in PATHS.items() if client.request(method, path).status_code != 404}


@pytest.mark.parametrize("mode", ["production", "PRODUCTION", ServerMode.PRODUCTION])
def test_production_offers_no_episodes_over_http(serve, mode):
    assert offered(serve(Counter, mode=mode)) == set()


def test_the_variable_chooses_production(serve, monkeypatch):
    monkeypatch.setenv("OPENENV_MODE", "production")
    assert offered(serve(Counter)) == set()


def test_what_is_said_in_code_wins_over_the_variable(serve, monkeypatch):
    monkeypatch.setenv("OPENENV_MODE", "production")
    assert offered(serve(Counter, mode="simulation")) == set(PATHS)


def test_episodes_are_offered_where_nothing_is_said(serve):
    assert offered(serve(Counter)) == set(PATHS)


@pytest.mark.parametrize("path", ["/health", "/metadata", "/schema", "/list_environments"])
def test_production_offers_everything_else(serve, path):
    assert serve(Counter, mode="production").get(path).status_code == 200


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("reset", '{"type":"reset"}'),
        ("step", '{"type":"step","data":{"amount":1}}'),
        ("state", '{"type":"state"}'),
    ],
)
def test_production_refuses_episodes_on_v1(serve, word, text):
    with serve(Counter, mode="production").websocket_connect("/ws") as websocket:
        websocket.send_text(text)
        message = f"{word} is not available in production mode"
        assert websocket.receive_json() == {"type": "error", "data": {"message": message, "code": "UNKNOWN_TYPE"}}
        websocket.send_text('{"type":"mcp","data":{"id":1}}')
        assert websocket.receive_json()["type"] == "mcp"


@pytest.mark.parametrize("request_", [Reset(1, 2), Step(1, 2, {}), GetState(1, 2)], ids=["reset", "step", "state"])
def test_production_refuses_episodes_on_v2(serve, request_):
    with serve(Counter, mode="production").websocket_connect("/ws", subprotocols=[SUBPROTOCOL]) as websocket:
        websocket.send_bytes(v2.encode(Open(1, 1)))
        assert isinstance(v2.decode_reply(websocket.receive_bytes()), Opened)
        websocket.send_bytes(v2.encode(request_))
        reply = v2.decode_reply(websocket.receive_bytes())
        assert isinstance(reply, Failure)
        assert (reply.channel, reply.id, reply.code) == (1, 2, "NOT_SUPPORTED")


def test_an_unknown_mode_is_refused(serve):
    with pytest.raises(ValueError, match=r"^mode is 'simulation' or 'production', not 'bogus'$"):
        serve(Counter, mode="bogus")


def test_an_unknown_mode_of_the_process_is_refused_by_its_variable_s_name(serve, monkeypatch):
    monkeypatch.setenv("OPENENV_MODE", "bogus")
    with pytest.raises(ValueError, match=r"^OPENENV_MODE is 'simulation' or 'production', not 'bogus'$"):
        serve(Counter)
