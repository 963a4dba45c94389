"""A live session branches: variables exactly, files as a copy, and what happens to one happens to no other."""

import contextlib
import os
import threading
import time

import pytest

from coding_env import CodeAction, CodeObservation, CodeState, CodingEnv
from coding_env.server.coding_environment import CodingEnvironment
from coding_env.tasks import find_task
from coding_env.tests.servers import served
from openenv import SyncEnvClient
from openenv.client.local import LocalRuntime
from openenv.errors import UnsupportedOperation
from openenv.registry.loading import NamedFactory
from openenv.runtimes.embedded import EmbeddedRuntime

ENVIRONMENT = "coding_env.server.coding_environment:CodingEnvironment"
BOUND_S = 20.0
Client = SyncEnvClient[CodeAction, CodeObservation, CodeState]
RUNTIMES = {"embedded": EmbeddedRuntime, "inprocess": LocalRuntime}


@pytest.fixture(scope="module", params=[*RUNTIMES, "thread", "process"])
def shared(request):
    if request.param in RUNTIMES:
        with CodingEnv(provider=RUNTIMES[request.param](NamedFactory(ENVIRONMENT))).sync() as client:
            yield client
    else:
        with served("--host-sessions", request.param) as url, CodingEnv(url).sync() as client:
            yield client


@pytest.fixture
def client(shared):
    shared.reset(seed=1)
    return shared


def run(client: Client, code: str, **options: float) -> str:
    observation = client.step(CodeAction(code=code), **options).observation
    return observation.stdout or observation.stderr


def test_branches_go_on_with_the_variables_and_the_original_stays(client):
    run(client, "x = [1]; f = lambda: len(x); import math")
    first, second = client.fork(2)
    run(first, "x.append(2)")
    run(client, "x += [3, 4]")
    assert [run(each, "print(x, f(), math.floor(1.5))") for each in (client, first, second)] == [
        "[1, 3, 4] 3 1\n",
        "[1, 2] 2 1\n",
        "[1] 1 1\n",
    ]


def test_branches_work_in_a_copy_of_the_files(client):
    run(client, "import os; os.makedirs('d'); open('d/f', 'w').write('one'); here = os.getcwd()")
    first, second = client.fork(2)
    assert run(first, "print(open('d/f').read()); open('d/f', 'w').write('two')") == "one\n"
    assert [run(each, "print(open('d/f').read())") for each in (client, first, second)] == ["one\n", "two\n", "one\n"]
    assert run(first, "print(os.getcwd() == here)") == "False\n"


def test_an_absolute_path_into_the_original_leads_nowhere_in_a_branch(client):
    run(client, "import os; open('f', 'w').write('one'); path = os.path.abspath('f')")
    (branch,) = client.fork(1)
    assert "Error" in run(branch, "print(open(path).read())")
    assert "Error" in run(branch, "open(path, 'w')")
    assert run(client, "print(open(path).read())") == "one\n"


def test_random_numbers_go_on_alike_unless_they_are_reseeded(client):
    run(client, "import random")
    same, other = client.fork(1) + client.fork(1, reseed=True)
    drawn = [run(each, "print(random.random())") for each in (client, same, other)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_branches_of_branches(client):
    run(client, "x = 0")
    latest = client
    for depth in range(1, 4):
        (latest,) = latest.fork(1)
        assert run(latest, "x += 1; print(x)") == f"{depth}\n"
    assert run(client, "print(x)") == "0\n"


@pytest.mark.parametrize("later", ["again", "from a branch"])
def test_branches_that_are_made_later_have_their_files_too(client, later):
    run(client, "open('f', 'w').write('one')")
    (branch,) = client.fork(1)
    (second,) = (client if later == "again" else branch).fork(1)
    assert run(second, "print(open('f').read())") == "one\n"


HARMFUL = {
    "dies": "import os; os._exit(1)",
    "does not stop": "import time\nwhile True:\n  try: time.sleep(1000)\n  except BaseException: pass",
    "kills all": "import os, signal\nfor pid in range(1, 300):\n  try: os.kill(pid, 9)\n  except OSError: pass",
    "kills its group": "import os; os.kill(-1, 9)",
    "fills its disk": "open('full', 'wb').write(bytes(100 << 20))",
    "removes files": "import shutil\nfor path in '.', '/workspace', '/session': shutil.rmtree(path, True)",
}


@pytest.mark.parametrize("code", HARMFUL.values(), ids=HARMFUL)
def test_what_a_branch_does_harms_neither_the_original_nor_another_branch(client, code):
    run(client, "x = 1; open('f', 'w').write('mine')")
    bad, good = client.fork(2)
    run(bad, code, timeout_s=0.5)
    assert [run(each, "print(x, open('f').read())") for each in (client, good)] == ["1 mine\n"] * 2
    bad.close()
    assert [run(each, "print(x, open('f').read())") for each in (client, good)] == ["1 mine\n"] * 2


def test_what_the_original_does_harms_no_branch(client):
    run(client, "x = 1")
    (branch,) = client.fork(1)
    run(client, "import os; os._exit(1)")
    assert run(branch, "print(x)") == "1\n"
    client.reset()
    assert run(branch, "print(x)") == "1\n"
    client.disconnect()
    assert run(branch, "x += 1; print(x)") == "2\n"
    client.connect()
    branch.close()


def test_a_branch_begins_anew_with_reset(client):
    run(client, "x = 1")
    (branch,) = client.fork(1)
    branch.reset()
    assert "NameError" in run(branch, "print(x)")
    assert run(client, "print(x)") == "1\n"


def test_branches_run_at_the_same_time(client):
    branches = client.fork(4)
    began = time.monotonic()
    threads = [threading.Thread(target=run, args=(branch, "import time; time.sleep(0.5)")) for branch in branches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(BOUND_S)
    assert time.monotonic() - began < 1.5


def test_a_session_with_threads_or_processes_is_not_forked_and_says_why(client):
    run(client, "import threading; go = threading.Event(); threading.Thread(target=go.wait).start()")
    with pytest.raises(UnsupportedOperation, match="1 other threads"):
        client.fork(2)
    run(client, "go.set(); import subprocess; p = subprocess.Popen(['sleep', '1000'])")
    with pytest.raises(UnsupportedOperation, match="1 processes"):
        client.fork(1)
    run(client, "p.kill(); p.wait()")
    assert len(client.fork(1)) == 1


def test_nothing_branches_off_from_an_interpreter_that_has_ended(client):
    run(client, "import os; os._exit(1)")
    with pytest.raises(UnsupportedOperation, match="the interpreter has ended"):
        client.fork(1)


@pytest.mark.parametrize("count", [62, 100])
def test_more_branches_than_there_may_be_processes_are_refused_and_the_session_goes_on(client, count):
    run(client, "x = 1")
    with pytest.raises(UnsupportedOperation, match=r"more than 64 processes|1 to 64 branches"):
        client.fork(count)
    assert run(client, "print(x)") == "1\n"
    assert len(client.fork(2)) == 2


def test_a_session_that_has_not_begun_is_forked(shared):
    with shared.new_session() as client:
        (branch,) = client.fork(1)
        assert run(branch, "print(1)") == run(client, "print(1)") == "1\n"


def test_the_branches_of_a_task_are_graded_each_by_its_own_files(client):
    client.reset(task_id="merge_intervals")
    right, wrong = client.fork(2)
    solution = find_task("merge_intervals").solution["solution.py"]
    run(right, f"open('solution.py', 'wb').write({solution!r})")
    rewards = [each.step(CodeAction(code="", submit=True)).reward for each in (wrong, right, client)]
    assert rewards == [0.0, 1.0, 0.0]


def test_a_process_that_was_forked_leaves_the_session_to_its_parent():
    environment = CodingEnvironment()
    environment.reset()
    environment.step(CodeAction(code="x = 1"))
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            environment.close()
            environment.reset()
            fresh = environment.step(CodeAction(code="print('x' in globals())")).stdout == "False\n"
            environment.close()
            os._exit(0 if fresh else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert environment.step(CodeAction(code="print(x)")).stdout == "1\n"
    environment.close()
