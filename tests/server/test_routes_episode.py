"""Episodes over HTTP."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from openenv.sessions.capacity import Queue
from openenv.sessions.pool import PoolOptions
from tests.server.environments import Add, Counter, Total, make_counter

SESSION = "X-OpenEnv-Session"
NO_QUEUE = PoolOptions(queue=Queue(max_waiting=0))
BOUND_S = 10.0


@pytest.fixture
def client(serve, journaled, host):
    return serve(journaled(Counter), host_sessions=host)


def start(client, **options) -> dict[str, str]:
    """The header that names a new session."""
    response = client.post("/reset", json=options)
    assert response.status_code == 200, response.text
    return {SESSION: response.headers[SESSION]}


def add(client, amount, headers=None, **fields):
    return client.post("/step", json={"action": {"amount": amount, **fields}}, headers=headers)


def test_an_episode_has_many_steps(client):
    session = start(client, start=2)
    assert [add(client, 3, session).json()["observation"]["total"] for _ in range(3)] == [5, 8, 11]
    state = client.get("/state", headers=session).json()
    assert (state["step_count"], state["total"]) == (3, 11)


def test_episodes_do_not_know_of_each_other(client):
    first, second = start(client), start(client)
    add(client, 1, first)
    assert add(client, 5, second).json()["observation"]["total"] == 5


def test_a_reset_that_names_a_session_starts_it_again(client, journal):
    session = start(client)
    add(client, 4, session)
    response = client.post("/reset", headers=session, json={"start": 1})
    assert (response.json()["observation"]["total"], response.headers[SESSION]) == (1, session[SESSION])
    assert journal.events == ["made"]


def test_a_session_ends_when_it_is_closed(client, journal):
    session = start(client)
    response = client.post("/close", headers=session)
    assert (response.status_code, response.json()) == (200, {"status": "closed"})
    assert journal.events == ["made", "closed"]


def test_closing_needs_the_name_of_a_session(client):
    response = client.post("/close")
    assert response.status_code == 422
    assert response.json() == {
        "detail": [{"type": "missing", "loc": ["header", SESSION], "msg": "Field required", "input": None}]
    }


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "/reset", {}), ("POST", "/step", {"action": {}}), ("GET", "/state", None), ("POST", "/close", None)],
)
def test_a_session_that_is_gone_is_not_found(client, method, path, body):
    session = start(client)
    client.post("/close", headers=session)
    response = client.request(method, path, json=body, headers=session)
    assert response.status_code == 404
    assert response.json() == {"detail": f"Unknown session_id: {session[SESSION]}", "code": "SESSION_ERROR"}


def test_a_step_without_a_session_has_an_environment_of_its_own(client, journal):
    assert [add(client, 3).json()["observation"]["total"] for _ in range(2)] == [3, 3]
    assert journal.events == ["made", "closed"] * 2


def test_a_state_without_a_session_has_an_environment_of_its_own(client, journal):
    assert client.get("/state").json()["step_count"] == 0
    assert journal.events == ["made", "closed"]


def test_a_step_without_a_session_closes_its_environment_also_when_it_raises(client, journal):
    assert add(client, 0, what="raise").status_code == 500
    assert journal.events == ["made", "closed"]


def test_a_reset_that_raises_leaves_no_session(client, journal):
    response = client.post("/reset", json={"start": -1})
    assert (response.status_code, SESSION in response.headers) == (500, False)
    assert journal.events == ["made", "closed"]


def test_a_reset_that_raises_in_a_named_session_leaves_it(client):
    session = start(client, start=3)
    assert client.post("/reset", headers=session, json={"start": -1}).status_code == 500
    assert add(client, 1, session).json()["observation"]["total"] == 4


def test_no_constructor_and_no_close_runs_on_an_event_loop(client, journal):
    session = start(client)
    assert client.get("/state", headers=session).json()["made_on_an_event_loop"] is False
    client.post("/close", headers=session)
    assert journal.events == ["made", "closed"]


@pytest.mark.parametrize("body", [{}, None], ids=["an empty body", "no body"])
def test_reset_answers_as_the_reference_does(client, body):
    response = client.post("/reset", json=body) if body is not None else client.post("/reset")
    text = '{"observation":{"metadata":{},"total":0},"reward":null,"done":false,"metadata":null}'
    assert (response.status_code, response.text) == (200, text)


def test_reset_repeats_the_metadata_as_the_reference_does(client):
    response = client.post("/reset", json={"seed": 7, "episode_id": "a", "unknown": 1})
    text = '{"observation":{"metadata":{"seed":7},"total":0},"reward":null,"done":false,"metadata":{"seed":7}}'
    assert (response.status_code, response.text) == (200, text)


class Keen(Counter):
    """Its reset takes anything, and shows what it was given."""

    def reset(self, **options: Any) -> Total:  # type: ignore[override]
        return Total(total=0, metadata=options)


@pytest.mark.parametrize("options", [{}, {"seed": None}, {"seed": 1, "episode_id": "a", "level": [2]}])
def test_reset_is_given_what_was_sent_and_nothing_else(serve, host, options):
    response = serve(Keen, host_sessions=host).post("/reset", json=options)
    assert response.json()["observation"]["metadata"] == options


def test_step_answers_as_the_reference_does(client):
    response = client.post("/step", json={"action": {"amount": 10}, "request_id": "r"})
    text = '{"observation":{"metadata":{},"total":10},"reward":1.0,"done":true,"metadata":null}'
    assert (response.status_code, response.text) == (200, text)


def test_the_environment_is_told_how_long_it_may_take(client):
    response = client.post("/step", json={"action": {}, "timeout_s": 2.5})
    assert response.json()["metadata"] == {"granted": 2.5}


def test_a_truncated_episode_says_so_in_the_metadata(client):
    body = add(client, 0, what="be truncated").json()
    assert (body["done"], body["metadata"]) == (True, {"truncated": True})


DICT_NEEDED = "Input should be a valid dictionary or object to extract fields from"


@pytest.mark.parametrize(
    ("path", "body", "entry"),
    [
        ("/reset", [1], {"type": "model_attributes_type", "loc": ["body"], "msg": DICT_NEEDED, "input": [1]}),
        (
            "/reset",
            {"seed": -1},
            {
                "type": "greater_than_equal",
                "loc": ["body", "seed"],
                "msg": "Input should be greater than or equal to 0",
                "input": -1,
                "ctx": {"ge": 0},
            },
        ),
        ("/step", {}, {"type": "missing", "loc": ["body", "action"], "msg": "Field required", "input": {}}),
        (
            "/step",
            {"action": 3},
            {"type": "dict_type", "loc": ["body", "action"], "msg": "Input should be a valid dictionary", "input": 3},
        ),
    ],
)
def test_a_body_of_another_form_is_refused_as_the_reference_does(client, path, body, entry):
    response = client.post(path, json=body)
    assert (response.status_code, response.json()) == (422, {"detail": [entry]})


@pytest.mark.parametrize("path", ["/reset", "/step"])
def test_what_is_no_json_is_refused_as_the_reference_does(client, path):
    response = client.post(path, content=b"{bad", headers={"content-type": "application/json"})
    entry = {
        "type": "json_invalid",
        "loc": ["body", 1],
        "msg": "JSON decode error",
        "input": {},
        "ctx": {"error": "Expecting property name enclosed in double quotes"},
    }
    assert (response.status_code, response.json()) == (422, {"detail": [entry]})


def test_an_action_that_does_not_fit_is_refused_with_the_list_of_errors(client):
    response = add(client, "many", unknown=1)
    errors = [{name: error[name] for name in ("type", "loc", "input")} for error in response.json()["detail"]]
    assert response.status_code == 422
    assert errors == [
        {"type": "int_parsing", "loc": ["amount"], "input": "many"},
        {"type": "extra_forbidden", "loc": ["unknown"], "input": 1},
    ]


def test_an_action_that_a_validator_of_its_own_refuses_is_refused(client):
    response = add(client, 13)
    assert response.status_code == 422
    assert [error["msg"] for error in response.json()["detail"]] == ["Value error, 13 is not added here"]


def test_a_session_lives_on_after_an_action_that_was_refused(client):
    session = start(client, start=1)
    assert add(client, 13, session).status_code == 422
    assert add(client, 1, session).json()["observation"]["total"] == 2


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("raise", {"detail": "no such drawer", "code": "EXECUTION_ERROR"}),
        (
            "reward with NaN",
            {
                "detail": "Counter.step returned the reward nan; a reward is None or a finite number",
                "code": "INVALID_REWARD",
            },
        ),
    ],
)
def test_what_the_environment_does_wrong_is_answered(client, what, body):
    session = start(client)
    response = add(client, 0, session, what=what)
    assert (response.status_code, response.json()) == (500, body)
    assert add(client, 1, session).status_code == 200


def test_an_observation_that_cannot_be_sent_is_an_error(client):
    response = add(client, 0, what="return a lock")
    assert (response.status_code, response.json()["code"]) == (500, "EXECUTION_ERROR")


def test_a_crash_is_told_once_and_then_the_session_is_gone(serve, journaled):
    client = serve(journaled(Counter), host_sessions="process")
    session = start(client)
    crash = add(client, 0, session, what="exit")
    assert (crash.status_code, crash.json()["code"]) == (410, "SESSION_CRASHED")
    assert "exit status 7" in crash.json()["detail"]
    assert client.get("/state", headers=session).status_code == 404


def test_a_session_that_nobody_came_back_to_gives_way_when_the_server_is_full(serve, journaled, journal, host):
    client = serve(journaled(Counter), max_concurrent_envs=1, host_sessions=host)
    first = start(client)
    assert add(client, 1).status_code == 200  # a client that knows nothing of sessions
    assert journal.events == ["made", "closed"] * 2
    assert client.get("/state", headers=first).status_code == 404


def test_a_session_that_is_used_does_not_give_way(serve, host):
    client = serve(Counter, max_concurrent_envs=1, host_sessions=host, session_options=NO_QUEUE)
    session = start(client)
    add(client, 1, session)
    response = client.post("/reset")
    assert response.status_code == 503
    assert response.json() == {
        "detail": "server at capacity: 1 of 1 sessions are in use",
        "code": "CAPACITY_REACHED",
    }
    assert add(client, 1, session).json()["observation"]["total"] == 2


class Slow(Counter):
    """Its reset waits for the test."""

    def __init__(self, begun: threading.Event, go: threading.Event) -> None:
        super().__init__()
        self._begun, self._go = begun, go

    def reset(self, **options: Any) -> Total:  # type: ignore[override]
        self._begun.set()
        assert self._go.wait(BOUND_S)
        return Total(total=0)


def test_a_session_does_not_give_way_while_it_is_reset(serve):
    begun, go = threading.Event(), threading.Event()
    limits = {"max_concurrent_envs": 1, "session_options": NO_QUEUE}
    client = serve(lambda: Slow(begun, go), Add, Total, host_sessions="thread", **limits)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(client.post, "/reset")
        assert begun.wait(BOUND_S)
        second = client.post("/reset")
        go.set()
    assert (first.result().status_code, second.status_code) == (200, 503)


def test_a_closed_session_makes_room(serve, host):
    client = serve(Counter, max_concurrent_envs=1, host_sessions=host)
    session = start(client)
    add(client, 1, session)
    client.post("/close", headers=session)
    assert client.post("/reset").status_code == 200


def test_a_websocket_continues_an_episode_that_began_over_http(client):
    session = start(client)
    add(client, 2, session)
    with client.websocket_connect(f"/ws?session_id={session[SESSION]}") as websocket:
        websocket.send_text('{"type":"step","data":{"amount":3}}')
        assert websocket.receive_json()["data"]["observation"]["total"] == 5
    assert add(client, 4, session).json()["observation"]["total"] == 9


def test_a_websocket_that_is_told_to_close_ends_the_session_that_it_continued(client, journal):
    session = start(client)
    with client.websocket_connect(f"/ws?session_id={session[SESSION]}") as websocket:
        websocket.send_text('{"type":"close"}')
        assert websocket.receive() == {"type": "websocket.close", "code": 1000}
    assert client.get("/state", headers=session).status_code == 404
    assert journal.events == ["made", "closed"]


def test_an_environment_that_cannot_be_made_is_an_error(serve, host):
    client = serve(partial(Counter, "/nowhere/at/all"), host_sessions=host)
    response = client.post("/reset")
    assert (response.status_code, response.json()["code"]) == (500, "FACTORY_ERROR")
    assert "No such file or directory" in response.json()["detail"]


def test_a_function_makes_environments_as_a_class_does(serve, host):
    client = serve(make_counter, Add, Total, host_sessions=host)
    assert add(client, 3, start(client)).json()["observation"]["total"] == 3
