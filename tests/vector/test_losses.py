"""A session that is lost ends its episode, with the reason, and another one takes its place."""

import asyncio
import os
import signal
from functools import partial

import pytest

from openenv import VectorEnv
from openenv.client.local import LocalRuntime
from openenv.errors import (
    ConnectionFailed,
    DeadlineExceeded,
    EnvironmentFactoryError,
    SessionError,
    SessionLost,
)
from openenv.runtimes.embedded import EmbeddedRuntime
from tests.vector.conftest import die_alone, die_together, embedded_together, interruptible
from tests.vector.environments import Do, Inline, Obedient, ObedientEnv

GO = [Do()] * 4


@die_alone
async def test_who_dies_is_truncated_and_followed(place):
    async with place.vector() as envs:
        await envs.reset(seed=1)
        await envs.step(GO)
        batch = await envs.step([Do(), Do(what="die"), Do(), Do()])
        assert list(batch.errors) == [1]
        assert isinstance(batch.errors[1], (SessionLost, SessionError))  # v1 knows the second alone
        assert "exit status 3" in str(batch.errors[1])
        assert batch.truncated.tolist() == [False, True, False, False]
        assert not batch.terminated.any()
        assert (batch.rewards[1], batch[1].reward, batch[1].done) == (0.0, None, True)
        assert batch.observations["number"].tolist() == [3, 3, 5, 6]  # for the second the last that was seen
        batch = await envs.step(GO)
        assert not batch.errors
        assert batch.observations["number"].tolist() == [4, 0, 6, 7]  # its successor has begun
        assert (await envs.step(GO)).observations["number"][1] == 1


@pytest.mark.parametrize("kind", [Obedient, Inline])
def test_in_the_same_step_its_successor_begins(kind):
    with VectorEnv(ObedientEnv(provider=EmbeddedRuntime(kind)), 2, autoreset_mode="SAME_STEP") as envs:
        envs.reset(seed=4)
        batch = envs.step([Do(), Do(what="die")])
        lost = [1] if kind is Obedient else [0, 1]
        assert sorted(batch.errors) == lost
        assert batch.observations["number"][1] == 0
        assert batch.infos["final_obs"][1].number == 5
        assert batch.truncated.tolist() == [number in lost for number in range(2)]
        assert not envs.step(GO[:2]).errors


@die_together
async def test_one_worker_of_all_takes_all_with_it(place):
    async with place.vector() as envs:
        await envs.reset(seed=1)
        batch = await envs.step([Do(what="die"), *GO[1:]])
        assert 0 in batch.errors
        assert all(isinstance(error, SessionLost) for error in batch.errors.values())
        assert [bool(lost) for lost in batch.truncated] == [number in batch.errors for number in range(4)]
        for _ in range(2):
            batch = await envs.step(GO)
            assert not batch.errors


@die_alone
async def test_who_dies_while_nobody_asks_is_told_at_the_next_step(place):
    async with place.vector() as envs:
        pids = (await envs.reset(seed=1)).infos["pid"]
        os.kill(pids[2], signal.SIGKILL)
        batch = await envs.step(GO)
        assert list(batch.errors) == [2]
        assert batch.truncated.tolist() == [False, False, True, False]
        assert not (await envs.step(GO)).errors


@embedded_together
async def test_who_dies_after_what_was_sent_is_given_up_is_followed(place, tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    async with place.vector() as envs:
        pids = (await envs.reset(seed=1)).infos["pid"]
        await envs.send([Do(what="wait", until=str(gate))] * 4)
        os.kill(pids[0], signal.SIGKILL)
        assert (await envs.reset(seed=5)).observations["number"].tolist() == [5, 6, 7, 8]


def test_where_no_successor_can_be_had_the_reason_is_raised(tmp_path):
    flag = tmp_path / "flag"
    flag.touch()
    with VectorEnv(ObedientEnv(provider=EmbeddedRuntime(partial(NeedsFlag, flag))), 2) as envs:
        envs.reset()
        flag.unlink()
        batch = envs.step([Do(what="die"), Do()])
        assert list(batch.errors) == [0]
        batch = envs.step(GO[:2])
        assert isinstance(batch.errors[0], EnvironmentFactoryError)
        assert batch.truncated.tolist() == [True, False]
        envs.step([Do(), Do(what="die")])
        with pytest.raises(EnvironmentFactoryError, match="no flag"):
            envs.step(GO[:2])
        flag.touch()
        assert not envs.step(GO[:2]).errors


class NeedsFlag(Obedient):
    """Can be made as long as there is a file."""

    def __init__(self, flag) -> None:
        super().__init__()
        if not flag.exists():
            raise RuntimeError("no flag")


def test_a_first_session_that_cannot_be_had_is_the_error_of_reset(tmp_path):
    with VectorEnv(ObedientEnv(provider=EmbeddedRuntime(partial(NeedsFlag, tmp_path / "flag"))), 3) as envs:
        with pytest.raises(EnvironmentFactoryError, match="no flag"):
            envs.reset()
        (tmp_path / "flag").touch()
        assert len(envs.reset()) == 3


@pytest.mark.parametrize("environment", ["process/Obedient", "inline/Inline", "process/Seated"])
@pytest.mark.parametrize("way", ["up", "down"])
def test_a_connection_that_breaks_loses_nothing_and_repeats_nothing(proxies, environment, way):
    with VectorEnv([ObedientEnv(f"{proxy.url}/{environment}") for proxy in proxies], 4) as envs:
        envs.reset(seed=1)
        for number, cut in enumerate((0, 1, 30, 200), start=1):
            setattr(proxies[0].orders, f"cut_{way}", cut)
            batch = envs.step(GO)
            assert not batch.errors
            assert batch.observations["number"].tolist() == [1 + number, 2 + number, 3 + number, 4 + number]
            assert batch.rewards.tolist() == [1 + number, 2 + number, 3 + number, 4 + number]
        assert batch.terminated.all()
        assert proxies[0].connections > 1


def test_the_sessions_of_a_server_that_is_gone_go_on_at_another_one(new_server, two_servers):
    short = new_server()
    clients = [ObedientEnv(f"{server.url}/process/Obedient") for server in (short, two_servers[0])]
    with VectorEnv(clients, 4) as envs:
        envs.reset(seed=1)
        short.kill()
        batch = envs.step(GO)
        assert sorted(batch.errors) == [0, 1]
        assert batch.truncated.tolist() == [True, True, False, False]
        for _ in range(2):
            batch = envs.step(GO)
            assert not batch.errors


def test_without_any_server_that_is_raised(new_server):
    server = new_server()
    with VectorEnv(ObedientEnv(f"{server.url}/inline/Inline"), 2) as envs:
        envs.reset()
        server.kill()
        assert sorted(envs.step(GO[:2]).errors) == [0, 1]
        with pytest.raises(ConnectionFailed):
            envs.step(GO[:2])


@interruptible
async def test_what_takes_too_long_is_its_own_error(place, tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    async with place.vector(client={"message_timeout_s": 0.3}) as envs:
        await envs.reset(seed=1)
        batch = await envs.step([Do(what="wait", until=str(gate)), *GO[1:]])
        assert list(batch.errors) == [0]
        assert isinstance(batch.errors[0], DeadlineExceeded)
        assert batch.rewards.tolist() == [0.0, 3.0, 4.0, 5.0]
        if place.way.wire == "v1":  # which has no word for giving up
            await place.colour.blocking(gate.write_text, "")
        batch = await envs.step(GO)
        assert batch.rewards[1:].tolist() == [4.0, 5.0, 6.0]


def test_in_a_shared_worker_only_what_runs_is_interrupted(tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    with VectorEnv(ObedientEnv(provider=EmbeddedRuntime(Inline), message_timeout_s=0.3), 4) as envs:
        envs.reset(seed=1)
        batch = envs.step([Do(), Do(what="wait", until=str(gate)), Do(), Do()])
        assert list(batch.errors) == [1]
        assert isinstance(batch.errors[1], DeadlineExceeded)
        assert batch.rewards.tolist() == [2.0, 0.0, 4.0, 5.0]
        assert envs.step(GO).rewards.tolist() == [3.0, 3.0, 5.0, 6.0]


def test_recv_may_be_tried_again(tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    with VectorEnv(ObedientEnv(provider=EmbeddedRuntime(Obedient)), 2) as envs:
        envs.reset(seed=1)
        envs.send([Do(what="wait", until=str(gate)), Do()])
        with pytest.raises(DeadlineExceeded):
            envs.recv(timeout_s=0.05)
        gate.write_text("")
        assert sorted(envs.recv().rewards) == [2.0, 3.0]


@pytest.mark.parametrize("kind", [Obedient, Inline])
def test_a_task_that_is_cancelled_leaves_nothing_out_of_step(kind, tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)

    async def cancel_and_go_on() -> None:
        async with VectorEnv(ObedientEnv(provider=EmbeddedRuntime(kind)), 2) as envs:
            await envs.reset(seed=1)
            stepping = asyncio.ensure_future(envs.step([Do(what="wait", until=str(gate)), Do()]))
            writer = await asyncio.to_thread(open, gate, "w")  # until the step has come there
            stepping.cancel()
            with pytest.raises(asyncio.CancelledError):
                await stepping
            assert not (await envs.step(GO[:2])).errors
            assert (await envs.reset(seed=5)).observations["number"].tolist() == [5, 6]
            assert (await envs.step(GO[:2])).observations["number"].tolist() == [6, 7]
            writer.close()

    asyncio.run(cancel_and_go_on())


def test_a_closed_vector_holds_no_descriptors():
    held = len(os.listdir("/proc/self/fd"))
    vectors = [VectorEnv(ObedientEnv(provider=LocalRuntime(Inline)), 2).sync() for _ in range(3)]
    for envs in vectors:
        envs.reset()
        envs.close()
    assert len(os.listdir("/proc/self/fd")) == held
