"""What the sandbox loses is an exception, and never an observation or a reward; a reset begins anew."""

import os
import signal
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from coding_env import CodeAction, CodingEnv
from coding_env.server.coding_environment import CodingEnvironment
from coding_env.tests.processes import descendants_of
from openenv.errors import DeadlineExceeded, SessionCrashed, SessionError, SessionLost
from openenv.registry.loading import NamedFactory
from openenv.runtimes.embedded import EmbeddedRuntime

TRIES = 20


def kill_the_jail() -> None:
    """All that this process has started."""
    for pid in descendants_of(os.getpid()):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def environment():
    environment = CodingEnvironment()
    yield environment
    environment.close()


@pytest.mark.parametrize("task_id", [None, "merge_intervals"])
def test_a_jail_that_is_gone_is_a_loss_and_the_next_reset_has_another(environment, task_id):
    environment.reset(task_id=task_id)
    kill_the_jail()
    for _ in range(2):
        with pytest.raises((SessionLost, SessionError)):
            environment.step(CodeAction(code="print('on')", submit=task_id is not None))
    assert not environment.state.is_submitted
    environment.reset()
    assert environment.step(CodeAction(code="print('on')")).stdout == "on\n"


def test_a_jail_that_goes_while_code_runs_is_a_loss(environment):
    environment.reset()
    killer = threading.Timer(0.3, kill_the_jail)
    killer.start()
    with pytest.raises(SessionCrashed):
        environment.step(CodeAction(code="import time; time.sleep(30)"))
    killer.join()


def test_a_client_is_told_of_a_loss_and_goes_on_with_reset(open_client, run_in, runtime):
    with open_client() as client:
        run = run_in(client)
        client.reset()
        kill_the_jail_of(client, run, runtime)
        with pytest.raises(SessionLost):
            client.step(CodeAction(code="print('on')"))
        assert first_after_a_reset(client, run) == "on\n"


def first_after_a_reset(client, run) -> str:
    """What is printed in the first episode that is not lost: the session that was ready beforehand may be lost too."""
    for _ in range(TRIES):
        client.reset()
        with suppress(SessionLost):
            return str(run("print('on')").stdout)
    return ""


def kill_the_jail_of(client, run, runtime) -> None:
    """That of a worker is a descendant of this process, as the worker is; but the worker shall live."""
    if runtime == "inprocess":
        kill_the_jail()
        return
    for pid in descendants_of(os.getpid()):
        with suppress(FileNotFoundError, ProcessLookupError):
            if b"openenv.sandbox.inside.zygote" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)


def test_a_call_that_its_client_gives_up_ends_the_session_and_not_the_environment():
    factory = NamedFactory("coding_env.server.coding_environment:CodingEnvironment")
    with CodingEnv(provider=EmbeddedRuntime(factory), message_timeout_s=3.0).sync() as client:
        client.reset()
        pid = client.step(CodeAction(code="import os; print(os.getppid())")).observation.stdout
        with pytest.raises(DeadlineExceeded):
            client.step(CodeAction(code="import time; time.sleep(100)"))
        with pytest.raises(SessionLost, match="broken off"):
            client.step(CodeAction(code="print('on')"))
        client.reset()
        assert client.step(CodeAction(code="import os; print(os.getppid())")).observation.stdout == pid
