"""A server that is asked to end lets calls in flight end, tells its clients, and says so to who asks."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from openenv import EnvClient, State
from openenv.errors import ServerDraining, SessionLost
from openenv.sessions.capacity import Queue
from openenv.sessions.pool import PoolOptions
from tests.server.environments import Counter
from tests.server.stubborn import Count, Take

BOUND_S = 20.0


class StubbornEnv(EnvClient[Take, Count, State]): ...


@pytest.fixture(params=["inline", "thread", "process"])
def server(request) -> Iterator[tuple[subprocess.Popen[str], str]]:
    words = request.param.split()
    target = ["tests.server.stubborn:Stubborn", "--port", "0", "--host-sessions", *words]
    process = subprocess.Popen(
        [sys.executable, "-m", "openenv.cli", "serve", *target], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process, process.stdout:
        yield process, process.stdout.readline().split()[4]
        process.kill()


def test_a_client_is_told_that_the_server_ends_and_the_server_ends_with_success(server):
    process, url = server
    with StubbornEnv(url).sync() as env:
        env.reset()
        process.send_signal(signal.SIGTERM)
        assert process.wait(BOUND_S) == 0
        with pytest.raises(ServerDraining):
            env.step(Take())


@pytest.mark.parametrize("server", ["thread", "process"], indirect=True)
def test_a_call_in_flight_ends_before_the_server_does(server, tmp_path):
    process, url = server
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with StubbornEnv(url).sync() as env, ThreadPoolExecutor(1) as thread:
        env.reset()
        step = thread.submit(env.step, Take(what="read", path=str(pipe)))
        with pipe.open("wb"):  # the step is running
            process.send_signal(signal.SIGTERM)
        assert step.result(BOUND_S).observation.steps == 1
        assert process.wait(BOUND_S) == 0


@pytest.mark.parametrize("server", ["process --grace 0.1"], indirect=True)
def test_a_v1_client_whose_call_is_cut_short_is_told_the_close_code(server, tmp_path):
    process, url = server
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with StubbornEnv(url, wire="v1").sync() as env, ThreadPoolExecutor(1) as thread:
        env.reset()
        step = thread.submit(env.step, Take(what="read", path=str(pipe)))
        with pipe.open("wb"):  # the step is running
            process.send_signal(signal.SIGTERM)
            with pytest.raises(SessionLost, match="received 1012 "):
                step.result(BOUND_S)


def test_ready_and_capacity_say_what_is_free(serve, host):
    options = PoolOptions(queue=Queue(max_waiting=7))
    client = serve(Counter, max_concurrent_envs=1, host_sessions=host, session_options=options)
    ready = client.get("/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
    assert client.get("/capacity").json() == {
        "active_sessions": 0,
        "max_sessions": 1,
        "waiting_clients": 0,
        "max_waiting_clients": 7,
        "host": host,
    }
    client.post("/reset")
    full = client.get("/ready")
    assert (full.status_code, full.json()) == (503, {"status": "full"})
    assert client.get("/capacity").json()["active_sessions"] == 1
