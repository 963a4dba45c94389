"""Sudden deaths: of the server, of a session's process, of the client. Nobody hangs, and nothing is left behind."""

import os
import signal
import subprocess
import sys
import time

import pytest

from openenv.errors import SessionCrashed, SessionError, SessionLost
from openenv.runtimes.embedded import EmbeddedRuntime
from tests.behaviour.colours import BOUND_S
from tests.behaviour.living import Look, LookEnv, Stay
from tests.behaviour.places import IN_PROCESSES, ON_THREADS, in_a_process_of_its_own, over
from tests.behaviour.remains import eventually, is_gone
from tests.behaviour.servers import ROOT
from tests.behaviour.unruly import Unruly


def client_of(place, server):
    return place.colour.face(LookEnv(server.url, wire="v1" if place.way.wire == "v1" else "auto"))


@over([ON_THREADS[0], ON_THREADS[-1]], IN_PROCESSES)
async def test_a_server_that_is_killed_in_a_step_is_a_lost_session_within_two_seconds(place, own_server, pipes):
    server = own_server(Unruly, place.way.host)
    env = client_of(place, server)
    await env.reset()
    held = place.begin(env.step(Look(what="hold", path=pipes.path)))
    process = await place.blocking(pipes.wait_for_step)
    server.kill()
    began = time.monotonic()
    error = await held.outcome()
    assert time.monotonic() - began < 2
    assert isinstance(error, SessionLost)
    assert eventually(lambda: is_gone(process))
    await env.close()


@over([ON_THREADS[0], IN_PROCESSES[-1]])
async def test_a_lost_session_stays_lost_until_reset_begins_a_new_one(place, own_server):
    server = own_server(Unruly, place.way.host)
    env = client_of(place, server)
    await env.reset()
    server.kill()
    for call in (lambda: env.step(Look(what="behave")), env.state, lambda: env.step(Look(what="behave"))):
        with pytest.raises(SessionLost):
            await call()
    own_server(Unruly, place.way.host, port=server.port)
    with pytest.raises(SessionLost):
        await env.step(Look(what="behave"))
    assert (await env.reset()).observation.text == "ready"
    assert (await env.step(Look(what="behave"))).observation.text == "well"
    await env.close()


@in_a_process_of_its_own
async def test_a_process_that_somebody_kills_in_a_step_is_a_crash_at_once(place, pipes):
    async with place.client(Unruly, LookEnv) as env:
        await env.reset()
        held = place.begin(env.step(Look(what="hold", path=pipes.path)))
        os.kill(await place.blocking(pipes.wait_for_step), signal.SIGKILL)
        began = time.monotonic()
        error = await held.outcome()
    assert time.monotonic() - began < 2
    assert type(error) is (SessionError if place.way.wire == "v1" else SessionCrashed)
    assert str(error) == "the process of the session was ended by SIGKILL"


@pytest.fixture
def program():
    """Starts a program of ``programs``; gives the process and the numbers that it tells."""
    started = []

    def start(*words: object) -> tuple[subprocess.Popen[bytes], list[int]]:
        command = [sys.executable, "-m", "tests.behaviour.programs", *map(str, words)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
        started.append(process)
        return process, [int(word) for word in process.stdout.readline().split()]

    yield start
    for process in started:
        process.kill()
        process.communicate(timeout=BOUND_S)


def test_a_worker_ends_with_its_client_that_is_killed(program, tmp_path):
    client, [worker] = program("hold_a_session", tmp_path / "farewell")
    client.kill()
    assert eventually(lambda: is_gone(worker))


def test_a_worker_ends_with_its_client_that_is_killed_also_when_a_fork_holds_the_connection(program, tmp_path):
    client, [worker, fork] = program("hold_a_session_and_fork", tmp_path / "farewell")
    client.kill()
    assert eventually(lambda: is_gone(worker))
    assert not is_gone(fork)


def test_a_client_that_ends_without_closing_closes_its_environment(program, tmp_path):
    client, [worker] = program("hold_a_session", tmp_path / "farewell")
    client.communicate(timeout=BOUND_S)
    assert (client.returncode, is_gone(worker)) == (0, True)
    assert (tmp_path / "farewell").read_text() == "the same thread"


def test_a_session_that_is_closed_ends_at_once_also_when_a_fork_holds_the_connection(program, tmp_path):
    began = time.monotonic()
    _, [worker] = program("close_after_a_fork", tmp_path / "farewell")
    assert time.monotonic() - began < 4
    assert is_gone(worker)


@pytest.mark.parametrize("host", ["thread", "process"])
def test_a_served_session_ends_with_its_client_that_is_killed(program, served, tmp_path, host):
    client, _ = program("hold_a_served_session", f"{served.url}/{host}/Stay", tmp_path / "farewell")
    client.kill()
    assert eventually(lambda: (tmp_path / "farewell").exists())


def test_an_inherited_client_is_refused_and_harms_nobody():
    command = [sys.executable, "-m", "tests.behaviour.programs", "use_an_inherited_client"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=BOUND_S, cwd=ROOT, check=True)
    assert done.stdout.splitlines() == [
        "reset: ClientClosed",
        "state: ClientClosed",
        "new_session: ClientClosed",
        "own: the same thread",
        "parent: the same thread",
    ]


def test_a_client_that_is_dropped_ends_its_worker():
    def use_a_client_and_forget_it() -> int:
        env = LookEnv(provider=EmbeddedRuntime(Stay))
        env.reset()
        return env.state().step_count

    with pytest.warns(ResourceWarning, match="unclosed"):
        worker = use_a_client_and_forget_it()
    assert eventually(lambda: is_gone(worker))
