"""``send`` and ``recv``: whoever finishes first comes first, and who is on the way is not asked again."""

import os
import time

import pytest

from openenv.errors import DeadlineExceeded, ExecutionError
from tests.behaviour.colours import BOUND_S
from tests.behaviour.interrupts import abandon, interruptible
from tests.vector.conftest import WAYS, at_the_same_time, everywhere, over
from tests.vector.environments import Do
from tests.vector.gates import until_it_waits

GO = [Do()] * 4
SEATED_IN_PROCESS = over(way for way in WAYS if way.kind == "seated" and way.through == "in-process")
SEATED_BEHIND_A_SERVER = over(way for way in WAYS if way.kind == "seated" and way.through.startswith("served"))


@at_the_same_time
async def test_they_come_in_the_order_in_which_they_finish(place, new_gate):
    gates = [new_gate() for _ in range(4)]
    async with place.vector(batch_size=1) as envs:
        await envs.reset(seed=1)
        await envs.send([gate.waiting for gate in gates])
        for gate in gates:
            await place.colour.blocking(gate.arrival)
        for number in (2, 0, 3, 1):
            gates[number].open()
            batch = await envs.recv()
            assert batch.env_ids.tolist() == [number]
            assert batch.rewards.tolist() == [number + 2]
            assert [result.observation.number for result in batch] == [number + 2]


@everywhere
async def test_each_is_told_what_became_of_it_in_whatever_order_they_were_asked(place):
    async with place.vector() as envs:
        await envs.reset(seed=1)
        await envs.send(GO, [3, 1, 0, 2])
        batch = await envs.recv()
        numbers = [env_id + 2 for env_id in batch.env_ids.tolist()]
        assert sorted(numbers) == [2, 3, 4, 5]
        assert batch.rewards.tolist() == numbers
        assert [result.observation.number for result in batch] == numbers
        after = await envs.step(GO)
        assert after.observations["number"].tolist() == [3, 4, 5, 6]


@SEATED_IN_PROCESS
async def test_one_that_fails_keeps_its_place_among_those_that_were_asked_together(place, tmp_path):
    async with place.vector(batch_size=2) as envs:
        await envs.reset(seed=1)
        await envs.reset(env_ids=[1], length=1, what="need", until=str(tmp_path / "broken"))
        await envs.step(GO)
        (tmp_path / "broken").touch()
        await envs.send(GO)  # number 1 is to begin its next episode, which fails
        batches = [await envs.recv(), await envs.recv()]
        assert [batch.env_ids.tolist() for batch in batches] == [[0, 1], [2, 3]]
        assert [list(batch.errors) for batch in batches] == [[1], []]


@everywhere
async def test_some_of_them_are_asked_while_others_are_on_their_way(place):
    async with place.vector(batch_size=1) as envs:
        await envs.reset(seed=1)
        numbers = {0: 1, 1: 2, 2: 3, 3: 4}
        await envs.send(GO)
        for _ in range(20):
            batch = await envs.recv()
            (number,) = batch.env_ids.tolist()
            numbers[number] += 1
            if batch.terminated.any():
                assert batch.observations["number"].tolist() == [numbers[number]]
                numbers[number] = -1
            assert not batch.errors
            await envs.send([Do()], [number])


@SEATED_BEHIND_A_SERVER
async def test_a_seat_that_is_asked_later_gives_up_no_other(place, new_gate):
    gate = new_gate()
    async with place.vector(batch_size=2) as envs:
        await envs.reset(seed=1)
        await envs.send([gate.waiting], [0])
        await place.colour.blocking(gate.arrival)
        await envs.send([Do()], [1])
        with pytest.raises(DeadlineExceeded):
            await envs.recv(timeout_s=0.1)
        gate.open()
        batch = await envs.recv()
        assert not batch.errors
        assert sorted(batch.rewards) == [2.0, 3.0]


@at_the_same_time
async def test_a_time_of_zero_asks_what_has_come(place, new_gate):
    gate = new_gate()
    async with place.vector(batch_size=3) as envs:
        await envs.reset(seed=1)
        await envs.send([gate.waiting, *GO[1:]])
        await place.colour.blocking(gate.arrival)
        batch, deadline = None, time.monotonic() + BOUND_S
        while batch is None and time.monotonic() < deadline:
            try:
                batch = await envs.recv(timeout_s=0)
            except DeadlineExceeded:
                await place.colour.blocking(os.sched_yield)
        assert batch is not None
        assert sorted(batch.env_ids) == [1, 2, 3]
        gate.open()


@at_the_same_time
async def test_some_begin_another_episode_while_others_are_on_their_way(place, new_gate):
    gate = new_gate()
    async with place.vector(batch_size=3) as envs:
        await envs.reset(seed=1)
        await envs.send([gate.waiting, Do()], [0, 1])
        await place.colour.blocking(gate.arrival)
        batch = await envs.reset(env_ids=[3, 2], seed=[30, 20])
        assert batch.env_ids.tolist() == [3, 2]
        assert batch.observations["number"].tolist() == [30, 20]
        with pytest.raises(ValueError, match=r"environments \[0, 1\] are on their way already"):
            await envs.reset(env_ids=[0, 1, 2])
        await envs.send([Do()], [3])
        gate.open()
        batch = await envs.recv()
        assert sorted(zip(batch.env_ids, batch.rewards, strict=True)) == [(0, 2.0), (1, 3.0), (3, 31.0)]


@everywhere
async def test_a_reset_that_is_refused_changes_no_later_episode(place):
    async with place.vector(autoreset_mode="SAME_STEP") as envs:
        await envs.reset(seed=1, length=1)
        await envs.send(GO[:1], [0])
        with pytest.raises(ValueError, match="on their way"):
            await envs.reset(env_ids=[0, 1], length=5)
        with pytest.raises(ValueError, match="timeout_s"):
            await envs.reset(env_ids=[2], length=5, timeout_s=-1)
        await envs.send(GO[1:], [1, 2, 3])
        await envs.recv()
        assert (await envs.step(GO)).terminated.all()


@everywhere
async def test_what_is_sent_and_fails_is_received(place):
    async with place.vector(batch_size=1) as envs:
        await envs.reset(seed=1)
        await envs.send([Do(what="raise")], [2])
        batch = await envs.recv()
        assert batch.env_ids.tolist() == [2]
        assert isinstance(batch.errors[2], ExecutionError)
        await envs.send([Do(what="overpay")], [2])
        batch = await envs.recv()
        assert isinstance(batch.errors[2], ExecutionError)
        assert (batch.rewards.tolist(), batch.truncated.tolist()) == ([0.0], [False])
        await envs.send([Do()], [2])
        assert not (await envs.recv()).errors


@at_the_same_time
async def test_a_recv_that_is_given_up_loses_nothing(place, new_gate):
    gate = new_gate()
    async with place.vector() as envs:
        await envs.reset(seed=1)
        await envs.send([gate.waiting, *GO[1:]])
        await place.colour.blocking(gate.arrival)
        with interruptible():
            await abandon(place, envs.recv(), when=until_it_waits)
        gate.open()
        batch = await envs.recv()
        assert not batch.errors
        assert sorted(batch.rewards) == [2.0, 3.0, 4.0, 5.0]
        assert (await envs.step(GO)).rewards.tolist() == [3.0, 4.0, 5.0, 6.0]
