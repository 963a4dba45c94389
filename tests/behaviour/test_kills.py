"""SIGKILL of each party at each stage of a session's life: a typed error for who waits, and nothing left behind."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from openenv.errors import EnvironmentFactoryError, SessionCrashed, SessionLost
from tests.behaviour.colours import BOUND_S
from tests.behaviour.living import Look
from tests.behaviour.pipes import Pipes
from tests.behaviour.remains import eventually, family, holdings, is_gone, parent_of
from tests.behaviour.servers import ROOT, Server
from tests.behaviour.staged import VARIABLE, StagedEnv, live

STAGES = ["creating", "resetting", "stepping", "idle", "closing"]
TARGET = "tests.behaviour.staged:Staged"


class Stages:
    """Holds environments at a stage."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "stage"
        self.let_all_pass()

    def let_all_pass(self) -> None:
        self._file.write_text("\n")

    @contextlib.contextmanager
    def held_at(self, stage: str, folder: Path) -> Iterator[Pipes]:
        with contextlib.closing(Pipes(folder / "step")) as pipes:
            self._file.write_text(f"{stage}\n{pipes.path}")
            yield pipes
            self.let_all_pass()


@pytest.fixture(scope="module")
def stages(tmp_path_factory) -> Iterator[Stages]:
    folder = tmp_path_factory.mktemp("stages")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(folder))
        yield Stages(folder)


@pytest.fixture(scope="module")
def server(stages, tmp_path_factory) -> Iterator[Server]:
    server = Server("--short-leases", TARGET, log=tmp_path_factory.mktemp("staged") / "log")
    for host in ("thread", "process"):
        with StagedEnv(url_of(server, host)) as env:
            env.reset()
    yield server
    server.close()


@pytest.fixture
def begin() -> Iterator[Callable[..., Future]]:
    """Begins a call in a thread."""
    with ThreadPoolExecutor(1) as thread:
        yield thread.submit


def url_of(server: Server, host: str) -> str:
    return f"{server.url}/{host}/Staged"


def has_free_slots_only(server: Server, host: str) -> bool:
    return httpx2.get(f"{url_of(server, host)}/capacity").json()["active_sessions"] == 0


@contextlib.contextmanager
def nothing_stays_of(server: Server, host: str) -> Iterator[None]:
    before = holdings(server.pid)
    yield
    assert eventually(lambda: has_free_slots_only(server, host)), "a slot is still taken"
    assert eventually(lambda: not holdings(server.pid) - before), holdings(server.pid) - before


@pytest.mark.parametrize("host", ["thread", "process"])
@pytest.mark.parametrize("stage", STAGES)
def test_nothing_stays_of_a_client_that_is_killed(server, stages, tmp_path, host, stage):
    command = [sys.executable, "-m", "tests.behaviour.programs", "live_until", url_of(server, host), stage]
    with nothing_stays_of(server, host), stages.held_at(stage, tmp_path) as pipes:
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as client:
            if stage == "idle":
                client.stdout.readline()
            else:
                pipes.wait_for_step()
            client.kill()
        pipes.let_go()


@pytest.mark.parametrize("victim", ["session", "zygote"])
@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage != "idle"])
def test_who_waits_for_a_process_that_is_killed_is_told_and_nothing_stays(
    server, stages, begin, tmp_path, victim, stage
):
    env = StagedEnv(url_of(server, "process")).sync()
    with nothing_stays_of(server, "process"):
        with stages.held_at(stage, tmp_path) as pipes:
            lived = begin(live, env, until=stage)
            process = pipes.wait_for_step()
            os.kill(process if victim == "session" else parent_of(process), signal.SIGKILL)
            error = lived.exception(BOUND_S)
        kind = {"creating": EnvironmentFactoryError, "closing": type(None)}.get(stage, SessionCrashed)
        assert type(error) is kind
        assert error is None or "SIGKILL" in str(error)
        assert is_gone(process)
        with StagedEnv(url_of(server, "process")) as another:
            assert another.reset().observation.text == "ready"
        env.close()


@pytest.mark.parametrize("victim", ["session", "zygote"])
def test_the_slot_of_an_idle_session_is_free_when_its_process_is_killed_and_the_next_call_says_why(server, victim):
    env = StagedEnv(url_of(server, "process")).sync()
    with nothing_stays_of(server, "process"):
        live(env, until="idle")
        process = env.state().step_count
        os.kill(process if victim == "session" else parent_of(process), signal.SIGKILL)
        assert eventually(lambda: has_free_slots_only(server, "process"))
        with pytest.raises(SessionCrashed, match="SIGKILL"):
            env.step(Look())
        env.reset()
        env.close()


@pytest.mark.parametrize("stage", STAGES)
def test_no_process_stays_of_a_server_that_is_killed(stages, begin, tmp_path, stage):
    server = Server(TARGET, "process", "0", log=tmp_path / "log")
    env = StagedEnv(server.url, reconnect_timeout_s=0.2).sync()
    try:
        with stages.held_at(stage, tmp_path) as pipes:
            lived = begin(live, env, until=stage)
            lived.result(BOUND_S) if stage == "idle" else pipes.wait_for_step()
            processes = family(server.pid)
            assert len(processes) == 2, "a zygote and a session"
            server.kill()
            if stage not in ("idle", "closing"):
                assert isinstance(lived.exception(BOUND_S), SessionLost)
            assert eventually(lambda: all(map(is_gone, processes)))
    finally:
        server.close()
        env.close()
