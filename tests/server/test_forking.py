"""A fork that its client gives up takes no slot, whatever it has come to."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from openenv.errors import DeadlineExceeded, ServerDraining
from openenv.sessions.asking import ask
from openenv.sessions.deadlines import Deadlines
from openenv.sessions.factory import EnvironmentFactory
from openenv.sessions.host import HostKind
from openenv.sessions.pool import PoolOptions, SessionPool
from openenv.sessions.session import Session
from openenv.wire.frames import Failure, Fork, Forked, GetState, Reply, StateReply, Step
from tests.behaviour.forking import CopiedTable, OddTable

BOUND_S = 20.0


def in_pool(scenario: Callable[[SessionPool, Session], Awaitable[Any]], environment: type, host: str) -> Any:
    """In one with three slots."""

    async def main() -> Any:
        options = PoolOptions(host=HostKind(host), max_sessions=3, deadlines=Deadlines(grace_s=0.2))
        pool = SessionPool(EnvironmentFactory.of(environment), options)
        try:
            async with asyncio.timeout(BOUND_S):
                return await scenario(pool, await pool.open())
        finally:
            await pool.close_all()

    return asyncio.run(main())


def begin(pool: SessionPool, session: Session, request: Fork) -> asyncio.Future[Reply]:
    reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
    pool.fork(session, request, reply.set_result)
    return reply


def check_that_it_was_given_up(reply: Reply) -> None:
    assert isinstance(reply, Failure)
    assert isinstance(reply.error(), DeadlineExceeded)


async def until_free(pool: SessionPool, count: int) -> None:
    while pool.active_sessions > count:  # noqa: ASYNC110  # nothing tells when
        await asyncio.sleep(0)


@pytest.mark.parametrize("host", ["inline", "thread", "process"])
def test_one_that_waits_for_slots_waits_no_more(host):
    async def scenario(pool: SessionPool, session: Session) -> None:
        await pool.open()
        forking = begin(pool, session, Fork(1, 1, 2))
        while not pool.waiting_clients:  # noqa: ASYNC110  # nothing tells when
            await asyncio.sleep(0)
        session.cancel(1)
        check_that_it_was_given_up(await forking)
        assert (pool.active_sessions, pool.waiting_clients) == (2, 0)
        assert isinstance(await ask(session, GetState(1, 2)), StateReply)

    in_pool(scenario, CopiedTable, host)


def test_one_that_is_carried_out_is_interrupted(tmp_path):
    async def scenario(pool: SessionPool, session: Session) -> None:
        await ask(session, Step(1, 1, {"what": "hang"}))
        forking = begin(pool, session, Fork(1, 2, 2))
        while not session.is_busy:  # noqa: ASYNC110  # nothing tells when
            await asyncio.sleep(0)
        session.cancel(2)
        check_that_it_was_given_up(await forking)
        assert pool.active_sessions == 1

    in_pool(scenario, OddTable, "process")


@pytest.mark.parametrize("host", ["inline", "thread", "process"])
def test_of_one_that_was_answered_the_branches_end_for_which_nobody_has_come(host):
    async def scenario(pool: SessionPool, session: Session) -> None:
        forked = await begin(pool, session, Fork(1, 1, 2))
        assert isinstance(forked, Forked)
        came_for = pool.get(forked.sessions[0][0], secret=forked.sessions[0][1])
        came_for.hold()
        came_for.taken_over(left=lambda: None)
        session.cancel(1)
        await until_free(pool, 2)
        assert isinstance(await ask(came_for, GetState(1, 1)), StateReply)

    in_pool(scenario, CopiedTable, host)


def test_of_one_whose_reply_has_come_the_branches_stay():
    async def scenario(pool: SessionPool, session: Session) -> int:
        await begin(pool, session, Fork(1, 1, 2))
        session.call_once(GetState(1, 2, 1), lambda reply: None)
        session.cancel(1)
        await session.settled()
        return pool.active_sessions

    assert in_pool(scenario, CopiedTable, "inline") == 3


def test_branches_that_are_made_while_the_server_ends_are_not_admitted():
    async def scenario(pool: SessionPool, session: Session) -> Exception:
        forking = begin(pool, session, Fork(1, 1, 2))
        while not session.is_busy:  # noqa: ASYNC110  # nothing tells when
            await asyncio.sleep(0)
        pool.drain()
        reply = await forking
        await until_free(pool, 1)
        assert isinstance(reply, Failure)
        return reply.error()

    assert isinstance(in_pool(scenario, CopiedTable, "thread"), ServerDraining)
