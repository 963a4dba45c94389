"""The tasks of an environment over HTTP."""

import pytest

from openenv.wire import v2
from openenv.wire.frames import SUBPROTOCOL, Failure, Open, Query
from tests.server.environments import Counter, Exercises, Models


@pytest.fixture
def client(serve, journaled, host):
    return serve(journaled(Exercises), env_name="sums", host_sessions=host)


def test_the_server_names_its_environment(client):
    assert client.get("/list_environments").json() == ["sums"]


def test_a_server_without_a_name_is_called_as_its_class(serve):
    assert serve(Exercises).get("/list_environments").json() == ["Exercises"]


def test_splits_have_a_name_and_a_type(client):
    assert client.get("/sums/splits").json() == [
        {"name": "train", "type": "train"},
        {"name": "test", "type": "test"},
        {"name": "hard", "type": "validation"},
        {"name": "secret", "type": "test"},
    ]


@pytest.mark.parametrize(
    ("path", "body", "answer"),
    [
        ("tasks", {"split": "test"}, {"tasks": [{"question": "test 0"}], "env_name": "sums"}),
        ("num_tasks", {"split": "train"}, {"num_tasks": 3}),
        ("task", {"split": "train", "index": 1}, {"task": {"question": "train 1"}}),
        ("task", {"split": "train", "index": -1}, {"task": {"question": "train 2"}}),
        ("task_range", {"split": "test"}, {"tasks": [{"question": "test 0"}]}),
        ("task_range", {"split": "train", "start": 2}, {"tasks": [{"question": "train 2"}]}),
        ("task_range", {"split": "train", "start": 1, "stop": 2}, {"tasks": [{"question": "train 1"}]}),
    ],
)
def test_tasks_are_answered_as_the_reference_does(client, path, body, answer):
    response = client.post(f"/sums/{path}", json=body)
    assert (response.status_code, response.json()) == (200, answer)


def test_a_task_that_is_not_there_is_a_bad_request(client):
    response = client.post("/sums/task", json={"split": "train", "index": 3})
    assert (response.status_code, response.json()) == (400, {"detail": "Invalid task index"})


def test_what_the_environment_raises_is_answered(client):
    response = client.post("/sums/tasks", json={"split": "unknown"})
    assert (response.status_code, response.json()) == (500, {"detail": "'unknown'", "code": "EXECUTION_ERROR"})


@pytest.mark.parametrize(
    ("body", "entry"),
    [
        ({}, {"type": "missing", "loc": ["body", "split"], "msg": "Field required", "input": {}}),
        (
            {"split": "train", "x": 1},
            {"type": "extra_forbidden", "loc": ["body", "x"], "msg": "Extra inputs are not permitted", "input": 1},
        ),
    ],
)
def test_a_request_of_another_form_is_refused(client, body, entry):
    response = client.post("/sums/num_tasks", json=body)
    assert (response.status_code, response.json()) == (422, {"detail": [entry]})


def test_upper_and_lower_case_mean_the_same_environment(client):
    assert client.post("/SUMS/num_tasks", json={"split": "test"}).json() == {"num_tasks": 1}


def test_another_environment_is_unknown(client):
    response = client.get("/products/splits")
    assert (response.status_code, response.json()) == (404, {"detail": "unknown environment 'products'"})


UNSUPPORTED = {
    "splits": ("list_splits", None),
    "tasks": ("list_tasks", {"split": "train"}),
    "num_tasks": ("num_tasks", {"split": "train"}),
    "task": ("get_task", {"split": "train", "index": 0}),
    "task_range": ("get_task_range", {"split": "train"}),
}


@pytest.mark.parametrize("path", UNSUPPORTED)
def test_an_environment_without_tasks_says_so_as_the_reference_does(serve, host, path):
    method, body = UNSUPPORTED[path]
    response = serve(Counter, host_sessions=host).request("POST" if body else "GET", f"/Counter/{path}", json=body)
    assert (response.status_code, response.json()) == (
        501,
        {"detail": f"{method} is not supported for this environment"},
    )


def test_all_questions_go_to_one_environment(client, journal):
    for _ in range(3):
        client.get("/sums/splits")
    assert journal.events == ["made"]


def test_the_environment_that_is_asked_is_closed_with_the_server(serve, journaled, journal, host):
    client = serve(journaled(Exercises), host_sessions=host)
    client.get("/Exercises/splits")
    client.__exit__()
    assert journal.events == ["made", "closed"]


def test_a_question_after_a_crash_has_a_new_environment(serve, journaled):
    client = serve(journaled(Exercises), host_sessions="process")
    crash = client.post("/Exercises/tasks", json={"split": "exit"})
    assert (crash.status_code, crash.json()["code"]) == (410, "SESSION_CRASHED")
    assert client.post("/Exercises/num_tasks", json={"split": "train"}).json() == {"num_tasks": 3}


def test_a_task_may_be_a_model_or_an_array(serve, host):
    response = serve(Models, host_sessions=host).post("/Models/tasks", json={"split": "any"})
    assert response.json()["tasks"] == [{"metadata": {"path": "a"}, "amount": 1, "what": ""}, [0, 1, 2]]


@pytest.mark.parametrize("name", ["close", "step", "_note", "__init__"])
def test_nothing_else_of_an_environment_can_be_asked(client, name):
    with client.websocket_connect("/ws", subprotocols=[SUBPROTOCOL]) as websocket:
        websocket.send_bytes(v2.encode(Open(1, 1)))
        websocket.receive_bytes()
        websocket.send_bytes(v2.encode(Query(1, 2, name, ["x"])))
        reply = v2.decode_reply(websocket.receive_bytes())
        assert isinstance(reply, Failure)
        assert (reply.code, reply.message) == ("NOT_SUPPORTED", f"{name} is not supported for this environment")
