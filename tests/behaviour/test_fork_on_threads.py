"""An environment that shares its process is forked within it: each branch lives on a thread, with a connection of its
own."""

import pytest

from openenv.errors import DeadlineExceeded, SessionCrashed
from tests.behaviour.forking import BrittleLodgingTable, CountingTable, LodgingTable, Roll, TableEnv
from tests.behaviour.places import EMBEDDED, IN_PROCESS, IN_PROCESSES, ON_THREADS, over
from tests.behaviour.remains import eventually, is_gone

in_a_worker = over(EMBEDDED, [way for way in IN_PROCESSES if way.wire == "v2"])
SHORT_S = 0.5
LONGER_THAN_A_SERVER_WAITS_S = 6.0
"""For a process to end by itself."""


async def process_of(client) -> int:
    return int((await client.step(Roll())).observation.process)


async def totals(clients) -> list[int]:
    return [(await client.state()).step_count for client in clients]


@in_a_worker
async def test_branches_live_in_the_process_of_the_original_and_share_nothing(place):
    async with place.client(LodgingTable, TableEnv) as env:
        await env.reset(seed=7)
        branches = await env.fork(3)
        inner = await branches[0].fork(2)
        assert len({await process_of(client) for client in (env, *branches, *inner)}) == 1
        await branches[1].step(Roll())
        assert await totals([env, *branches, *inner]) == [1, 1, 2, 1, 1, 1]


@over(IN_PROCESS, EMBEDDED, [way for way in ON_THREADS if way.wire == "v2"])
async def test_an_environment_may_make_all_branches_of_a_request_at_once(place):
    async with place.client(CountingTable, TableEnv) as env:
        await env.reset(seed=7)
        assert await totals([env, *await env.fork(3), *await env.fork(1)]) == [0, 3, 3, 3, 1]


@over(EMBEDDED)
async def test_branches_outlive_the_original_and_the_process_ends_with_the_last(place):
    async with place.client(LodgingTable, TableEnv) as env:
        await env.reset(seed=7)
        first, second = await env.fork(2)
        pid = await process_of(env)
        await env.disconnect()
        assert await process_of(first) == await process_of(second) == pid
        (third,) = await second.fork(1)
        await second.disconnect()
        await first.close()
        assert await process_of(third) == pid
        await third.close()
        assert eventually(lambda: is_gone(pid))
        await env.reset()


@over([way for way in IN_PROCESSES if way.wire == "v2"])
async def test_a_server_lets_the_process_of_a_session_that_has_ended_live_for_its_branches(place):
    async with place.client(LodgingTable, TableEnv) as env:
        await env.reset(seed=7)
        (branch,) = await env.fork(1)
        pid = await process_of(env)
        await env.disconnect()
        assert not eventually(lambda: is_gone(pid), within_s=LONGER_THAN_A_SERVER_WAITS_S)
        assert await process_of(branch) == pid


@over(EMBEDDED)
async def test_a_branch_that_hangs_is_given_up_and_harms_no_other(place):
    async with place.client(LodgingTable, TableEnv, message_timeout_s=SHORT_S) as env:
        await env.reset(seed=7)
        bad, good = await env.fork(2)
        with pytest.raises(DeadlineExceeded):
            await bad.step(Roll(what="hang"))
        with pytest.raises(SessionCrashed, match="did not stop"):
            await bad.step(Roll())
        await bad.close()
        assert await process_of(good) == await process_of(env)


@over(EMBEDDED)
async def test_a_process_that_dies_takes_its_branches_with_it_and_each_says_so(place):
    async with place.client(LodgingTable, TableEnv) as env:
        await env.reset(seed=7)
        branches = await env.fork(2)
        with pytest.raises(SessionCrashed, match="SIGKILL"):
            await branches[0].step(Roll(what="die"))
        for client in (branches[1], env):
            with pytest.raises(SessionCrashed, match="SIGKILL"):
                await client.step(Roll())


@in_a_worker
async def test_a_fork_that_raises_leaves_the_original_as_it_was(place):
    async with place.client(BrittleLodgingTable, TableEnv) as env:
        await env.reset(seed=7)
        with pytest.raises(RuntimeError, match="the table broke"):
            await env.fork(2)
        await env.step(Roll())
        assert await totals([env]) == [1]
