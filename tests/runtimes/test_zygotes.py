"""Embedded sessions are forked from a process that has imported their environment once."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from openenv import SyncEnvClient
from openenv.errors import ExecutionError, SessionCrashed
from openenv.processes.framing import MessageSocket
from openenv.processes.limits import ProcessLimits
from openenv.runtimes.embedded import EmbeddedRuntime
from openenv.wire import v2
from openenv.wire.frames import Open, Opened
from tests.behaviour.colours import BOUND_S
from tests.behaviour.pipes import Pipes
from tests.behaviour.remains import eventually, is_gone, parent_of
from tests.runtimes.forked import Forked, ForkedEnv, Tell, Told
from tests.runtimes.held import VARIABLE, Held
from tests.runtimes.numeric import Numeric
from tests.runtimes.threaded import Threaded


def client(environment: Callable[[], Any] = Forked, **options: object) -> SyncEnvClient:
    return ForkedEnv(provider=EmbeddedRuntime(environment, **options)).sync()


def told(env: SyncEnvClient, what: str, argument: str = "") -> str:
    result: Told = env.step(Tell(what=what, argument=argument)).observation
    return result.value


def test_sessions_share_what_was_imported():
    with client() as one, client() as other:
        first, second = (int(env.reset().observation.value) for env in (one, other))
        assert (
            parent_of(first) == parent_of(second) == int(told(one, "who imported")) == int(told(other, "who imported"))
        )


def test_sessions_draw_different_random_numbers():
    with client() as one, client() as other:
        assert told(one, "draw") != told(other, "draw")


def test_an_environment_that_starts_threads_when_imported_gets_a_fresh_process():
    with client(Threaded) as one, client(Threaded) as other:
        pids = {int(env.reset().observation.value) for env in (one, other)}
        assert {int(told(env, "who imported")) for env in (one, other)} == pids
        assert len(pids) == 2


def test_a_numpy_environment_is_forked_and_its_process_has_one_thread():
    with client(Numeric) as env:
        pid = int(env.reset().observation.value)
        assert int(told(env, "who imported")) == parent_of(pid)
        assert told(env, "threads") == "1"
        assert env.state().episode_id == "40000"


def test_a_session_outlives_the_thread_that_began_it_also_when_that_ends_during_the_import(tmp_path):
    with contextlib.closing(Pipes(tmp_path / "import")) as pipes:
        runtime = EmbeddedRuntime(Held, env_vars={VARIABLE: pipes.path})
        with ThreadPoolExecutor(1) as thread:
            endpoint = thread.submit(runtime.open).result()
            pipes.wait_for_step()
        pipes.let_go()
    with endpoint.socket:
        channel = MessageSocket(endpoint.socket)
        channel.send(v2.encode(Open(1, 1)))
        assert isinstance(v2.decode_reply(channel.receive(BOUND_S) or b""), Opened)


def test_a_session_has_the_variables_and_the_directory_of_the_moment_when_it_began(monkeypatch, tmp_path):
    with client():
        monkeypatch.setenv("OPENENV_TEST_MOMENT", "now")
        monkeypatch.chdir(tmp_path)
        with client() as env:
            assert told(env, "variable", "OPENENV_TEST_MOMENT") == "now"
            assert told(env, "directory") == str(tmp_path)
        monkeypatch.delenv("OPENENV_TEST_MOMENT")
        with client() as env:
            assert told(env, "variable", "OPENENV_TEST_MOMENT") == "unset"


def test_variables_that_were_given_are_there_when_the_environment_is_imported():
    with client() as plain, client(env_vars={"OPENENV_TEST_GIVEN": "yes"}) as given:
        assert told(given, "variable", "OPENENV_TEST_GIVEN") == "yes"
        assert told(plain, "variable", "OPENENV_TEST_GIVEN") == "unset"
        assert told(given, "who imported") != told(plain, "who imported")


def test_what_is_registered_for_the_end_of_a_process_is_called_behind_the_close(tmp_path):
    journal = tmp_path / "journal"
    with client(partial(Forked, journal=str(journal))) as env:
        env.reset()
        told(env, "register for the end", "ended")
    assert journal.read_text() == "closed\nended\n"


def test_when_the_zygote_is_killed_its_sessions_are_lost_and_new_ones_come_from_another():
    with client() as env:
        pid = int(env.reset().observation.value)
        zygote = parent_of(pid)
        os.kill(zygote, signal.SIGKILL)
        assert eventually(lambda: is_gone(pid) and is_gone(zygote))
        with pytest.raises(SessionCrashed):
            told(env, "draw")
        env.reset()
        assert int(told(env, "who imported")) != zygote


@pytest.mark.parametrize("victim", ["session", "zygote"])
def test_what_a_session_has_started_ends_with_it_when_it_is_killed(victim):
    with client() as env:
        pid = int(env.reset().observation.value)
        child = int(told(env, "start a child"))
        os.kill(pid if victim == "session" else parent_of(pid), signal.SIGKILL)
        assert eventually(lambda: is_gone(pid) and is_gone(child))


def test_a_session_begins_also_in_the_moment_in_which_its_zygote_has_been_killed():
    for _ in range(8):
        with client() as env:
            zygote = parent_of(int(env.reset().observation.value))
            os.kill(zygote, signal.SIGKILL)
            while not is_gone(zygote):
                pass
            with client() as another:
                another.reset()


def test_a_killed_session_says_by_which_signal():
    with client() as env, pytest.raises(SessionCrashed) as crash:
        told(env, "die")
    assert (crash.value.signal, crash.value.exit_status) == ("SIGKILL", None)


def test_over_the_limit_of_address_space_an_allocation_fails_and_the_session_goes_on():
    with client(limits=ProcessLimits(address_space_bytes=1 << 30)) as env:
        with pytest.raises(ExecutionError, match="MemoryError"):
            told(env, "allocate", str(2 << 30))
        assert told(env, "allocate", "1000") == "1000"


def test_over_the_limit_of_processor_time_the_session_is_ended():
    with client(limits=ProcessLimits(cpu_time_s=1)) as env, pytest.raises(SessionCrashed) as crash:
        told(env, "spin")
    assert crash.value.signal == "SIGXCPU"


def test_many_threads_begin_sessions_at_once():
    def episode(_: int) -> str:
        with client() as env:
            return str(env.reset().observation.value)

    with ThreadPoolExecutor(64) as pool:
        assert len(set(pool.map(episode, range(64)))) == 64


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("what", ["", "wait", "spin"])
def test_when_the_owner_is_ended_its_environment_is_closed_and_no_process_stays(tmp_path, number, what):
    journal = tmp_path / "journal"
    command = [sys.executable, "-m", "tests.runtimes.owner", str(journal), what]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        zygote = parent_of(pid)
        owner.send_signal(number)
    assert eventually(lambda: is_gone(pid) and is_gone(zygote))
    assert journal.read_text() == "closed\n"
