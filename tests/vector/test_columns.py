"""The columns of a batch: those of the transitions, in their order. Arrays are read-only, lists the caller's own."""

import pytest

from tests.vector.conftest import everywhere
from tests.vector.environments import Do

GO = [Do()] * 4


@everywhere
async def test_columns_change_no_transition(place):
    async with place.vector() as envs:
        await envs.reset(seed=1)
        batch = await envs.step(GO)
        columns = batch.observations
        for name in ("number", "numbers"):
            with pytest.raises(ValueError, match="read-only"):
                columns[name][:] = 0
        columns["word"][0] = "changed"
        assert [result.observation.numbers.tolist() for result in batch] == [[2, -2], [3, -3], [4, -4], [5, -5]]
        assert batch[0].observation.word == "xx"


@everywhere
async def test_some_of_those_that_were_asked_together_have_their_own_columns(place):
    async with place.vector(batch_size=1) as envs:
        await envs.reset(seed=1)
        await envs.send(GO)
        for _ in range(4):
            batch = await envs.recv()
            number = int(batch.env_ids[0]) + 2
            assert batch.observations["numbers"].tolist() == [[number, -number]]
            assert batch.observations["number"].tolist() == [number]
            assert batch.observations["word"] == ["x" * number]
            assert not batch.observations["numbers"].flags.writeable


@everywhere
async def test_those_that_were_asked_in_turn_are_in_one_column(place):
    async with place.vector(batch_size=4) as envs:
        await envs.reset(seed=1)
        for env_id in range(4):
            await envs.send([Do()], [env_id])
        batch = await envs.recv()
        numbers = [env_id + 2 for env_id in batch.env_ids.tolist()]
        assert sorted(numbers) == [2, 3, 4, 5]
        assert batch.observations["numbers"].tolist() == [[number, -number] for number in numbers]
