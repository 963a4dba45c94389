"""The end of a vector: in every state, by whoever, and nothing is left."""

import asyncio
import gc
import os
import pickle
import subprocess
import sys
import threading
import time
from collections import Counter

import httpx2
import pytest

from openenv import AutoEnv, VectorEnv
from openenv.errors import ClientClosed
from openenv.processes.launcher import launcher
from openenv.runtimes.embedded import EmbeddedRuntime
from tests.behaviour.colours import BOUND_S
from tests.behaviour.interrupts import abandon, interruptible
from tests.behaviour.remains import eventually, holdings, is_gone
from tests.behaviour.servers import ROOT
from tests.vector.conftest import IN_PROCESSES, WAYS, over
from tests.vector.environments import Do, Inline, Obedient, ObedientEnv
from tests.vector.gates import and_it_waits

GO = [Do()] * 4
served = over(way for way in WAYS if way.through.startswith(("served", "two")))
in_processes = over(IN_PROCESSES)


@pytest.fixture(autouse=True)
def nothing_is_left_behind():
    """No descriptor and no child of this process."""
    launcher()
    gc.collect()
    before = holdings(os.getpid())
    yield
    left: Counter[str] = Counter()

    def is_clean() -> bool:
        left.clear()
        left.update(holdings(os.getpid()) - before)
        return not left

    assert eventually(is_clean, within_s=5), f"left behind: {left}"


def sessions(place) -> int:
    """Those that the servers have."""
    return sum(active(client.base_url) for client in place.clients() if client.base_url)


def active(url: str) -> int:
    return int(httpx2.get(f"{url}/capacity").json()["active_sessions"])


@over(WAYS[::4])
async def test_a_vector_that_was_never_used_has_nothing_to_close(place):
    async with place.vector():
        pass


@served
async def test_the_sessions_of_a_server_end_with_the_vector(place):
    before = sessions(place)
    async with place.vector() as envs:
        await envs.reset()
        seats = 1 if place.way.kind == "seated" else 4
        assert sessions(place) == before + seats
    assert eventually(lambda: sessions(place) == before)


@over(WAYS[::2])
async def test_it_is_closed_while_answers_are_on_their_way(place):
    before = sessions(place)
    envs = place.vector(batch_size=2)
    await envs.reset(seed=1)
    await envs.send(GO)
    await envs.recv()
    await envs.close()
    await envs.close()
    with pytest.raises(ClientClosed):
        await envs.recv()
    assert eventually(lambda: sessions(place) == before)


@in_processes
async def test_it_is_closed_soon_while_a_step_does_not_end(place, new_gate):
    gate, before = new_gate(), sessions(place)
    envs = place.vector()
    pids = (await envs.reset(seed=1)).infos["pid"]
    await envs.send([*GO[:3], gate.waiting])
    await place.colour.blocking(gate.arrival)
    began = time.monotonic()
    await envs.close()
    assert time.monotonic() - began < 3
    assert eventually(lambda: sessions(place) == before and all(map(is_gone, pids)))


@over([WAYS[0]])
async def test_it_is_closed_while_a_step_minds_no_interrupt(place, new_gate):
    gate = new_gate()
    envs = place.vector()
    pids = (await envs.reset(seed=1)).infos["pid"]
    await envs.send([Do(what="cling", until=gate.path), *GO[1:]])
    await place.colour.blocking(gate.arrival)
    began = time.monotonic()
    await envs.close()
    assert time.monotonic() - began < 12
    assert all(map(is_gone, pids))


@in_processes
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of a socket that was just made
async def test_it_is_closed_after_a_call_that_was_given_up(place, new_gate):
    gate, before = new_gate(), sessions(place)
    envs = place.vector()
    with interruptible():
        await abandon(place, envs.reset(what="wait", until=gate.path), when=and_it_waits(gate.arrival))
    gate.open()
    await envs.close()
    assert place.way.wire == "v1" or eventually(lambda: sessions(place) == before)


@in_processes
async def test_it_is_closed_when_its_sessions_have_died(place):
    async with place.vector() as envs:
        pids = (await envs.reset(seed=1)).infos["pid"]
        for pid in set(pids):
            os.kill(pid, 9)
        assert eventually(lambda: all(map(is_gone, pids)))


def test_it_is_closed_when_its_server_has_died(new_server):
    server = new_server()
    with VectorEnv(ObedientEnv(f"{server.url}/process/Obedient", reconnect_timeout_s=0.2), 2) as envs:
        envs.reset()
        server.kill()
    server.close()


@over(WAYS[:2])
async def test_a_vector_that_is_closed_says_so_whatever_is_asked(place):
    envs = place.vector()
    await envs.close()
    for call in (lambda: envs.reset(), lambda: envs.step(GO), lambda: envs.send(GO), lambda: envs.recv()):
        with pytest.raises(ClientClosed):
            await call()


@over(way for way in WAYS if way.colour == "async")
async def test_who_waits_has_the_answer_before_another_task_closes(place):
    envs = place.vector()
    await envs.reset(seed=1)
    stepping = asyncio.ensure_future(envs.step(GO))
    await asyncio.sleep(0)
    await envs.close()
    assert (await stepping).rewards.tolist() == [2.0, 3.0, 4.0, 5.0]


@pytest.fixture(params=["process/Obedient", "inline/Inline", "process/Seated", "embedded"])
def client(request, two_servers):
    if request.param == "embedded":
        return ObedientEnv(provider=EmbeddedRuntime(Obedient))
    return ObedientEnv(f"{two_servers[0].url}/{request.param}")


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")  # of asyncio
def test_a_vector_ends_with_its_event_loop_and_another_one_begins_with_reset(client):
    async def step() -> list[float]:
        return (await envs.step(GO[:2])).rewards.tolist()

    async def begin() -> list[float]:
        await envs.reset(seed=1)
        return await step()

    envs = VectorEnv(client, 2)
    assert asyncio.run(begin()) == [2.0, 3.0]
    with pytest.raises(ClientClosed, match="event loop"):
        asyncio.run(step())
    assert asyncio.run(begin()) == [2.0, 3.0]
    with envs as blocking:
        assert blocking.reset(seed=1).observations["number"].tolist() == [1, 2]
    envs = VectorEnv(client_like(client), 2)
    asyncio.run(begin())
    envs.sync().close()
    gc.collect()


def client_like(client: ObedientEnv) -> ObedientEnv:
    if client.base_url is not None:
        return ObedientEnv(client.base_url)
    return ObedientEnv(provider=EmbeddedRuntime(Obedient))


async def _step(envs: VectorEnv) -> None:
    await envs.step(GO[:2])


def test_a_vector_has_one_colour_at_a_time():
    envs = VectorEnv(ObedientEnv(provider=EmbeddedRuntime(Inline)), 2)
    with envs as blocking:
        blocking.reset(seed=1)
        with pytest.raises(ClientClosed, match="blocking use"):
            asyncio.run(_step(envs))
        assert blocking.step(GO[:2]).rewards.tolist() == [2.0, 3.0]


def test_it_may_be_used_from_any_thread():
    with VectorEnv(ObedientEnv(provider=EmbeddedRuntime(Inline)), 2) as envs:
        envs.reset(seed=0, length=10**6)
        seen: list[float] = []
        threads = [
            threading.Thread(target=lambda: seen.extend(envs.step(GO[:2]).rewards[0] for _ in range(50)))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(BOUND_S)
        assert sorted(seen) == list(range(1, 201))


def test_it_is_neither_copied_nor_pickled():
    with VectorEnv(ObedientEnv(provider=EmbeddedRuntime(Inline)), 2) as envs:
        for one in (envs, envs.async_vector):
            with pytest.raises(TypeError, match="copied or pickled"):
                pickle.dumps(one)


FORKED = """
import os
from openenv import VectorEnv
from openenv.errors import ClientClosed
from openenv.runtimes.embedded import EmbeddedRuntime
from tests.vector.environments import Do, Inline, Obedient, ObedientEnv
from tests.vector.gates import and_it_waits

if __name__ == "__main__":
    for kind in (Inline, Obedient):
        with VectorEnv(ObedientEnv(provider=EmbeddedRuntime(kind)), 2) as envs:
            envs.reset(seed=1)
            if (child := os.fork()) == 0:
                for call in (envs.reset, lambda: envs.step([Do()] * 2), envs.recv):
                    try:
                        call()
                    except ClientClosed:
                        print("refused", flush=True)
                envs.close()
                os._exit(0)
            os.waitpid(child, 0)
            print(envs.step([Do()] * 2).rewards.tolist(), flush=True)
"""


def test_after_a_fork_it_is_its_parents(tmp_path):
    script = tmp_path / "forked.py"
    script.write_text(FORKED)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), *sys.path]))}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", script], capture_output=True, text=True, timeout=BOUND_S, env=environment
    )
    assert done.stdout.splitlines() == [*["refused"] * 3, "[2.0, 3.0]"] * 2, done.stderr


@pytest.mark.parametrize("kind", [Obedient, Inline])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_vector_that_is_dropped_ends_its_workers(kind):
    envs = VectorEnv(ObedientEnv(provider=EmbeddedRuntime(kind)), 2).sync()
    pids = envs.reset().infos["pid"]
    del envs
    gc.collect()
    assert eventually(lambda: all(map(is_gone, pids)))


def test_by_name_it_is_awaited_or_entered():
    async def asynchronously() -> list[int]:
        async with AutoEnv.from_env("echo-env", num_envs=3) as envs:
            assert type(envs) is VectorEnv
            await envs.reset(seed=1)
            return (await envs.step([{"message": "hi"}] * 3)).observations["message_length"].tolist()

    assert asyncio.run(asynchronously()) == [2, 2, 2]
    with AutoEnv.from_env("echo-env", num_envs=3) as envs:
        envs.reset(seed=1)
        assert envs.step([{"message": "hi"}] * 3).observations["message_length"].tolist() == [2, 2, 2]
