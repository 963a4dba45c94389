"""A vector is as many single sessions, and one call for all of them."""

import asyncio
import os

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode as GymnasiumMode

from openenv import AutoresetMode, StepResult, VectorEnv
from openenv.client.local import LocalRuntime
from openenv.errors import ClientClosed, ExecutionError, SessionLost
from openenv.runtimes.embedded import EmbeddedRuntime
from tests.vector.conftest import at_the_same_time, everywhere
from tests.vector.environments import LENGTH, Do, Inline, ObedientEnv, Seated, seen

GO = [Do()] * 4


@everywhere
async def test_it_answers_what_single_sessions_answer(place):
    (client, *_) = place.clients()
    async with place.vector() as envs, client_of(place, client) as env:
        batch = await envs.reset(seed=7)
        singly = [await env.reset(seed=7 + number) for number in range(4)]
        assert [result.observation.number for result in batch] == [result.observation.number for result in singly]
        assert batch.observations["number"].tolist() == [7, 8, 9, 10]
        assert batch.rewards.tolist() == [0.0] * 4
        assert [result.reward for result in batch] == [None] * 4
        await env.reset(seed=7)
        for _ in range(LENGTH):
            batch, single = await envs.step(GO), await env.step(Do())
            assert_same(batch[0], single)
        assert batch.terminated.all()
        assert not batch.truncated.any()


def client_of(place, client):
    return place.colour.face(client)


def assert_same(one: StepResult, other: StepResult) -> None:
    assert np.array_equal(one.observation.numbers, other.observation.numbers)
    assert one.observation.numbers.dtype == other.observation.numbers.dtype == np.int32
    assert (one.observation.number, one.observation.word) == (other.observation.number, other.observation.word)
    assert (one.reward, one.done, one.truncated) == (other.reward, other.done, other.truncated)


@everywhere
async def test_observations_are_stacked_where_shapes_agree(place):
    async with place.vector() as envs:
        await envs.reset(seed=1)
        batch = await envs.step(GO)
    assert batch.env_ids.tolist() == [0, 1, 2, 3]
    assert batch.observations["numbers"].tolist() == [[2, -2], [3, -3], [4, -4], [5, -5]]
    assert batch.observations["numbers"].dtype == np.int32
    assert batch.observations["number"].tolist() == [2, 3, 4, 5]
    assert batch.observations["word"] == ["xx", "xxx", "xxxx", "xxxxx"]
    assert (batch.rewards.dtype, batch.terminated.dtype, batch.truncated.dtype) == (np.float64, np.bool_, np.bool_)
    assert batch.rewards.tolist() == [2.0, 3.0, 4.0, 5.0]


@everywhere
async def test_where_sessions_live_is_what_their_environment_declares(place):
    async with place.vector() as envs:
        pids = (await envs.reset(seed=0)).infos["pid"]
    if place.way.through in ("embedded", "served-process", "two-process"):
        wanted = 4 if place.way.kind == "process" else 1
    else:
        wanted = 2 if place.way.through.startswith("two") else 1
    assert len(set(pids)) == wanted


@everywhere
async def test_an_error_of_one_session_spoils_no_other(place):
    async with place.vector() as envs:
        await envs.reset(seed=1)
        batch = await envs.step([Do(), Do(what="raise"), Do(), Do()])
        failed = [0, 1, 2, 3] if place.way.kind == "seated" and place.way.wire != "v1" else [1]
        assert sorted(batch.errors) == failed  # what one object raises, it raises for all
        assert all(isinstance(error, ExecutionError) for error in batch.errors.values())
        assert batch[1].reward is None
        assert batch[1].metadata == {"error": batch.errors[1]}
        assert (batch.rewards[1], batch.terminated[1], batch.truncated[1]) == (0.0, False, False)
        assert batch.observations["number"][1] == 2  # the last that was seen
        assert batch.infos["error"][1] is batch.errors[1]
        batch = await envs.step(GO)
        assert not batch.errors


@everywhere
async def test_an_action_that_does_not_fit_is_one_sessions_error(place):
    async with place.vector() as envs:
        await envs.reset(seed=1)
        batch = await envs.step([{"what": 5}, *GO[1:]])
        assert list(batch.errors) == [0]
        assert "what" in str(batch.errors[0])
        assert batch.rewards.tolist() == [0.0, 3.0, 4.0, 5.0]


@at_the_same_time
async def test_the_first_that_finish_are_received_first(place, tmp_path):
    async with place.vector(batch_size=2) as envs:
        await envs.reset(seed=1)
        gate = tmp_path / "gate"
        os.mkfifo(gate)
        await envs.send([Do(what="wait", until=str(gate)), *GO[1:]])
        finished = []
        for _ in range(3):
            batch = await envs.recv()
            assert len(batch) == 2
            finished += batch.env_ids.tolist()
            await envs.send(GO[:2], batch.env_ids)
        assert 0 not in finished
        await place.colour.blocking(gate.write_text, "")
        while 0 not in finished:
            batch = await envs.recv()
            finished += batch.env_ids.tolist()
            await envs.send(GO[:2], batch.env_ids)


@everywhere
async def test_what_was_sent_is_received_or_given_up_by_reset(place):
    async with place.vector() as envs:
        await envs.reset(seed=1)
        await envs.send(GO[:2], [1, 3])
        with pytest.raises(ValueError, match="on their way already"):
            await envs.step(GO)
        with pytest.raises(ValueError, match="send more first"):
            await envs.recv()
        assert (await envs.reset(seed=5)).observations["number"].tolist() == [5, 6, 7, 8]
        assert (await envs.step(GO)).observations["number"].tolist() == [6, 7, 8, 9]


@everywhere
async def test_options_hold_for_the_episodes_that_follow(place):
    async with place.vector(autoreset_mode="SAME_STEP") as envs:
        await envs.reset(seed=1, length=1)
        for _ in range(3):
            assert (await envs.step(GO)).terminated.all()


@everywhere
async def test_without_autoreset_episodes_are_reset_by_hand(place):
    async with place.vector(autoreset_mode="DISABLED") as envs:
        await envs.reset(seed=[0, 10, 20, 30])
        for _ in range(LENGTH):
            await envs.step(GO)
        with pytest.raises(ValueError, match=r"reset\(env_ids=\[0, 1, 2, 3\]\)"):
            await envs.step(GO)
        batch = await envs.reset(env_ids=[1, 3], seed=[5, 6])
        assert (batch.env_ids.tolist(), batch.observations["number"].tolist()) == ([1, 3], [5, 6])
        await envs.send(GO[:2], [1, 3])
        await envs.reset(env_ids=[0, 2])


@everywhere
async def test_a_closed_vector_says_so(place):
    envs = place.vector()
    await envs.reset()
    await envs.send(GO)
    await envs.close()
    await envs.close()
    with pytest.raises(ClientClosed):
        await envs.reset()


@pytest.fixture
def envs():
    with VectorEnv(ObedientEnv(provider=LocalRuntime(Inline)), 3) as envs:
        yield envs


def test_a_step_before_the_first_reset_is_refused(envs):
    with pytest.raises(SessionLost, match="reset begins one"):
        envs.step(GO[:3])


@pytest.mark.parametrize("ids", [[], [0, 0], [3], [-1]])
def test_environments_are_named_by_different_numbers_that_there_are(envs, ids):
    envs.reset()
    with pytest.raises(ValueError, match="from 0 to 2"):
        envs.send(GO[: len(ids)], ids)


def test_there_is_an_action_and_a_seed_for_each(envs):
    with pytest.raises(ValueError, match="2 seeds for 3"):
        envs.reset(seed=[1, 2])
    envs.reset()
    with pytest.raises(ValueError, match="4 actions for 3"):
        envs.step(GO)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"num_envs": 0}, "num_envs"),
        ({"num_envs": 2, "batch_size": 3}, "batch_size"),
        ({"num_envs": 2, "autoreset_mode": "sometimes"}, "autoreset mode 'sometimes'"),
    ],
)
def test_what_cannot_be_is_said_at_once(arguments, complaint):
    with pytest.raises(ValueError, match=complaint):
        VectorEnv(ObedientEnv(provider=LocalRuntime(Inline)), **arguments)


def test_modes_are_taken_by_name_by_value_and_from_gymnasium():
    for given in ("SAME_STEP", "same_step", "SameStep", AutoresetMode.SAME_STEP, GymnasiumMode.SAME_STEP):
        assert AutoresetMode.of(given) is AutoresetMode.SAME_STEP


def test_an_engine_of_ones_own_is_used_for_all():
    with VectorEnv(ObedientEnv(provider=LocalRuntime(Seated)), 3) as envs:
        envs.reset(seed=1)
        assert envs.step(GO[:3]).observations["word"] == [seen(number).word for number in (2, 3, 4)]


@pytest.mark.parametrize("runtime", [EmbeddedRuntime, LocalRuntime])
def test_the_synchronous_vector_works_where_an_event_loop_runs(runtime):
    async def as_in_a_notebook():
        with VectorEnv(ObedientEnv(provider=runtime(Inline)), 3) as envs:
            envs.reset(seed=1)
            return envs.step(GO[:3]).rewards.tolist()

    assert asyncio.run(as_in_a_notebook()) == [2.0, 3.0, 4.0]
