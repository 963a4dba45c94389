"""The environment behind a server and in a vector."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from coding_env import CodeAction, CodingEnv
from coding_env.tasks import Split, find_task, tasks_of
from coding_env.tests.servers import served
from openenv import AutoEnv


@pytest.fixture(scope="module", params=["thread", "process"])
def url(request) -> Iterator[str]:
    with served("--host-sessions", request.param) as url:
        yield url


def ask(url: str, path: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}{path}", data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as reply:
        return json.loads(reply.read())


@pytest.mark.parametrize("wire", ["v1", "auto"])
def test_a_task_is_played_over_both_wires(url, wire):
    task = find_task("roman_numerals")
    with CodingEnv(url, wire=wire).sync() as client:
        began = client.reset(task_id=task.id, files={"notes.txt": "mine"})
        assert began.observation.stdout == task.statement
        code = f"open('solution.py', 'wb').write({task.solution['solution.py']!r}); print(open('notes.txt').read())"
        result = client.step(CodeAction(code=code, submit=True))
        assert (result.observation.stdout, result.reward, result.done) == ("mine\n", 1.0, True)
        state = client.state()
        assert (state.task_id, state.is_submitted, state.isolation is not None) == (task.id, True, True)


def test_the_task_api_lists_what_there_is(url):
    assert [split["name"] for split in ask(url, "/coding-env/splits")] == ["train", "validation", "test"]
    for split in Split:
        listed = ask(url, "/coding-env/tasks", {"split": split})["tasks"]
        assert [task["task_id"] for task in listed] == [task.id for task in tasks_of(split)]
        assert ask(url, "/coding-env/num_tasks", {"split": split}) == {"num_tasks": len(listed)}
        assert ask(url, "/coding-env/task", {"split": split, "index": 1}) == {"task": listed[1]}


def test_an_episode_over_http(url):
    assert ask(url, "/health") == {"status": "healthy"}
    schema = ask(url, "/schema")
    assert set(schema["action"]["properties"]) == {"code", "language", "submit", "metadata"}
    assert set(schema["observation"]["properties"]) >= {"stdout", "stderr", "exit_code"}
    reply = ask(url, "/step", {"action": {"code": "print(1)"}})
    assert reply["observation"]["stdout"] == "1\n"


def test_sessions_of_one_server_run_at_the_same_time_and_share_nothing(url):
    with CodingEnv(url).sync() as one, CodingEnv(url).sync() as other:
        one.reset()
        other.reset()
        one.step(CodeAction(code="x = 1; open('f', 'w').close()"))
        seen = other.step(CodeAction(code="import os; print('x' in globals(), os.listdir())")).observation
        assert seen.stdout == "False []\n"


@pytest.mark.parametrize("runtime", ["embedded", "process"])
def test_a_vector_of_sessions(runtime):
    with AutoEnv.from_env("coding-env", num_envs=3, runtime=runtime) as envs:
        envs.reset(seed=[1, 2, 3])
        batch = envs.step([CodeAction(code=f"print({number} ** 2)") for number in range(3)])
        assert [result.observation.stdout for result in batch] == ["0\n", "1\n", "4\n"]
