"""A server lets nothing take for ever: deadlines, and what becomes of a session that exceeds one."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from openenv.errors import CapacityError, DeadlineExceeded, SessionCrashed
from openenv.sessions.asking import ask
from openenv.sessions.capacity import Queue
from openenv.sessions.deadlines import Deadlines
from openenv.sessions.factory import EnvironmentFactory
from openenv.sessions.host import HostKind
from openenv.sessions.pool import PoolOptions, SessionPool
from openenv.sessions.session import Session
from openenv.wire.frames import Failure, GetState, Reply, Reset, Result, StateReply, Step
from tests.server.stubborn import Stubborn, Unborn, Undying

SHORT_S, GRACE_S, BOUND_S = 0.1, 0.4, 10.0
DEADLINES = Deadlines(reset_s=SHORT_S, step_s=SHORT_S, close_s=SHORT_S, grace_s=GRACE_S)


def in_pool(scenario: Callable[[SessionPool, Session], Awaitable[Any]], host: str, **options: Any) -> Any:
    async def main() -> Any:
        options.setdefault("deadlines", DEADLINES)
        pool = SessionPool(EnvironmentFactory.of(Stubborn), PoolOptions(host=HostKind(host), **options))
        try:
            async with asyncio.timeout(BOUND_S):
                return await scenario(pool, await pool.open())
        finally:
            await pool.close_all()

    return asyncio.run(main())


def error_of(reply: Reply) -> Exception:
    assert isinstance(reply, Failure)
    return reply.error()


@pytest.mark.parametrize("operation", ["step", "reset"])
def test_a_process_is_interrupted_at_the_deadline_and_the_session_goes_on(operation):
    async def scenario(pool: SessionPool, session: Session) -> list[Reply]:
        too_long = Step(1, 1, {"what": "wait"}) if operation == "step" else Reset(1, 1, {"what": "wait"})
        return [await ask(session, too_long), await ask(session, Step(1, 2, {}))]

    late, after = in_pool(scenario, "process")
    error = error_of(late)
    assert isinstance(error, DeadlineExceeded)
    assert (error.operation, error.timeout_s) == (operation, SHORT_S)
    assert isinstance(after, Result)
    assert after.observation["steps"] == (2 if operation == "step" else 1)


def test_a_process_that_does_not_mind_is_ended_and_the_session_with_it():
    async def scenario(pool: SessionPool, session: Session) -> list[Reply]:
        return [await ask(session, Step(1, 1, {"what": "wait whatever comes"})), await ask(session, Step(1, 2, {}))]

    late, after = in_pool(scenario, "process")
    assert isinstance(error_of(late), DeadlineExceeded)
    assert isinstance(error_of(after), SessionCrashed)


def test_a_thread_cannot_be_interrupted_so_its_session_ends_and_its_slot_stays_taken():
    async def scenario(pool: SessionPool, session: Session) -> tuple[Reply, Reply, int, bool]:
        late = await ask(session, Step(1, 1, {"what": "wait"}))
        after = await ask(session, GetState(1, 2))
        await pool.close(session)
        full = False
        try:
            await pool.open()
        except CapacityError:
            full = True
        return late, after, pool.active_sessions, full

    queue = Queue(max_waiting=1, max_wait_s=SHORT_S)
    late, after, active, full = in_pool(scenario, "thread", max_sessions=1, queue=queue)
    assert isinstance(error_of(late), DeadlineExceeded)
    assert isinstance(error_of(after), SessionCrashed)
    assert (active, full) == (1, True)


def test_a_thread_that_ends_after_all_gives_its_slot_back(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    async def scenario(pool: SessionPool, session: Session) -> None:
        late = await ask(session, Step(1, 1, {"what": "read", "path": str(pipe)}))
        assert isinstance(error_of(late), DeadlineExceeded)
        pool.abandon(session)
        await asyncio.to_thread(pipe.write_bytes, b"")
        while pool.active_sessions:  # noqa: ASYNC110  # nothing tells when
            await asyncio.sleep(0)

    in_pool(scenario, "thread", deadlines=Deadlines(step_s=SHORT_S, grace_s=GRACE_S))


def test_an_environment_that_is_not_made_in_time_is_a_deadline_and_leaves_nothing():
    async def main() -> tuple[Exception, int]:
        deadlines = Deadlines(create_s=SHORT_S)
        pool = SessionPool(EnvironmentFactory.of(Unborn), PoolOptions(host=HostKind.PROCESS, deadlines=deadlines))
        with pytest.raises(DeadlineExceeded) as raised:
            await asyncio.wait_for(pool.open(), BOUND_S)
        await pool.close_all()
        return raised.value, pool.active_sessions

    error, active = asyncio.run(main())
    assert (error.operation, error.timeout_s, active) == ("create", SHORT_S, 0)


def test_an_environment_that_is_not_closed_in_time_is_ended_and_leaves_nothing():
    async def main() -> int:
        pool = SessionPool(EnvironmentFactory.of(Undying), PoolOptions(host=HostKind.PROCESS, deadlines=DEADLINES))
        session = await pool.open()
        await asyncio.wait_for(pool.close(session), BOUND_S)
        await pool.close_all()
        return pool.active_sessions

    assert asyncio.run(main()) == 0


def test_the_time_that_a_call_brings_counts_instead_and_the_grace_is_added():
    async def scenario(pool: SessionPool, session: Session) -> Reply:
        return await ask(session, Step(1, 1, {"what": "wait"}, 0.2))

    error = error_of(in_pool(scenario, "process"))
    assert isinstance(error, DeadlineExceeded)
    assert error.timeout_s == 0.2 + GRACE_S


@pytest.mark.parametrize("host", ["thread", "process"])
def test_a_cancelled_request_is_answered_and_what_follows_gets_its_own_answer(host):
    async def scenario(pool: SessionPool, session: Session) -> list[Reply]:
        replies: asyncio.Queue[Reply] = asyncio.Queue()
        session.call_once(Step(1, 1, {"what": "wait"}), replies.put_nowait)
        session.call_once(GetState(1, 2), replies.put_nowait)
        session.cancel(1)
        return [await replies.get(), await replies.get()]

    cancelled, after = in_pool(scenario, host, deadlines=Deadlines(grace_s=1.5))
    assert (cancelled.id, after.id) == (1, 2)
    assert isinstance(error_of(cancelled), DeadlineExceeded)
    if host == "process":
        assert isinstance(after, StateReply)
        assert after.state["step_count"] in (0, 1)  # it may have been cancelled before it began
    else:
        assert isinstance(error_of(after), SessionCrashed)


@pytest.mark.parametrize("host", ["inline", "thread", "process"])
def test_a_request_that_is_repeated_is_carried_out_once(host):
    async def scenario(pool: SessionPool, session: Session) -> list[Reply]:
        replies: asyncio.Queue[Reply] = asyncio.Queue()
        for id in (1, 2, 2, 1, 3):
            session.call_once(Step(1, id, {}), replies.put_nowait)
        return [await replies.get() for _ in range({"inline": 5}.get(host, 3))]

    replies = in_pool(scenario, host)
    steps = {reply.id: reply.observation["steps"] for reply in replies if isinstance(reply, Result)}
    assert steps == {1: 1, 2: 2, 3: 3}


@pytest.mark.parametrize("host", ["inline", "thread", "process"])
def test_the_slot_of_a_session_is_free_as_soon_as_it_is_closed(host):
    async def scenario(pool: SessionPool, session: Session) -> None:
        for _ in range(30):
            await pool.close(session)
            session = await pool.open()

    in_pool(scenario, host, max_sessions=1, queue=Queue(max_waiting=0))


def test_clients_wait_in_order_for_a_slot():
    async def scenario(pool: SessionPool, first: Session) -> list[int]:
        order: list[int] = []

        async def episode(number: int) -> None:
            session = await pool.open()
            order.append(number)
            await ask(session, Step(1, 1, {}))
            await pool.close(session)

        waiting = [asyncio.create_task(episode(number)) for number in range(20)]
        await asyncio.sleep(0)
        await pool.close(first)
        await asyncio.gather(*waiting)
        return order

    assert in_pool(scenario, "thread", max_sessions=1) == list(range(20))


def test_a_client_that_stops_waiting_leaves_its_place_to_the_next():
    async def scenario(pool: SessionPool, first: Session) -> int:
        gone, stays = (asyncio.create_task(pool.open()) for _ in range(2))
        await asyncio.sleep(0)
        gone.cancel()
        await pool.close(first)
        await stays
        return pool.active_sessions

    assert in_pool(scenario, "thread", max_sessions=1) == 1


def test_a_queue_that_is_full_and_a_wait_that_is_too_long_are_capacity_errors_with_the_numbers():
    async def scenario(pool: SessionPool, first: Session) -> list[str]:
        waiting = asyncio.create_task(pool.open())
        await asyncio.sleep(0)
        outcomes = await asyncio.gather(pool.open(), waiting, return_exceptions=True)
        assert [(error.active_sessions, error.max_sessions) for error in outcomes] == [(1, 1)] * 2
        return [str(error) for error in outcomes]

    full, late = in_pool(scenario, "thread", max_sessions=1, queue=Queue(max_waiting=1, max_wait_s=SHORT_S))
    assert full == "server at capacity: 1 of 1 sessions are in use, and 1 clients wait already"
    assert late == "server at capacity: 1 of 1 sessions are in use; none became free within 0.1 s"
