"""Sessions that nobody uses: how long they live."""

import asyncio
import gc
import threading
import weakref
from dataclasses import dataclass, field
from functools import partial

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from openenv import create_app
from openenv.errors import CapacityError, SessionError
from openenv.server.messages import ConcurrencyConfig
from openenv.sessions.asking import ask
from openenv.sessions.capacity import Queue
from openenv.sessions.factory import EnvironmentFactory
from openenv.sessions.host import HostKind
from openenv.sessions.leases import Leases
from openenv.sessions.pool import PoolOptions, SessionPool
from openenv.sessions.session import Session
from openenv.wire.frames import GetState
from tests.server.environments import Add, Counter, Total

BOUND_S = 10.0
TIMEOUT_S = 100.0
QUIET_S = 500.0
SPARE_S = 20.0


@dataclass
class Server:
    """A pool with a clock that the test moves."""

    host: str
    now_s: float = 0.0
    pool: SessionPool = field(init=False)
    opened: list[Session] = field(default_factory=list)

    def __post_init__(self) -> None:
        factory = EnvironmentFactory.of(Counter)
        leases = Leases(alone_s=TIMEOUT_S, quiet_s=QUIET_S, spare_s=SPARE_S)
        options = PoolOptions(max_sessions=2, host=HostKind(self.host), leases=leases, queue=Queue(max_waiting=0))
        self.pool = SessionPool(factory, options, clock=lambda: self.now_s)

    async def open(self) -> Session:
        self.opened.append(await self.pool.open())
        return self.opened[-1]

    async def pass_time(self, seconds: float) -> None:
        self.now_s += seconds
        await self.pool.reap()
        await asyncio.wait_for(self.freed(), BOUND_S)

    async def freed(self) -> None:
        while self.pool.active_sessions > sum(map(self.pool.knows, self.opened)):  # noqa: ASYNC110  # nothing tells when
            await asyncio.sleep(0)

    def is_alive(self, session: Session) -> bool:
        try:
            return self.pool.get(session.id) is session
        except SessionError:
            return False


@pytest.fixture
def server(host) -> Server:
    return Server(host)


def test_a_session_is_closed_when_nobody_has_used_it_for_long_enough(server):
    async def main():
        session = await server.open()
        await server.pass_time(TIMEOUT_S - 1)
        before = server.is_alive(session)
        await server.pass_time(1)
        return before, server.is_alive(session), server.pool.active_sessions

    assert asyncio.run(main()) == (True, False, 0)


def test_each_use_begins_the_time_anew(server):
    async def main():
        session = await server.open()
        await server.pass_time(TIMEOUT_S - 1)
        session.hold()
        session.release()
        await server.pass_time(TIMEOUT_S - 1)
        return server.is_alive(session)

    assert asyncio.run(main())


def test_a_session_that_is_held_is_not_idle(server):
    async def main():
        session = await server.open()
        session.hold()
        await server.pass_time(QUIET_S - 1)
        held = server.is_alive(session)
        session.release()
        await server.pass_time(TIMEOUT_S)
        return held, server.is_alive(session)

    assert asyncio.run(main()) == (True, False)


def test_one_session_that_is_used_does_not_keep_another(server):
    async def main():
        used, idle = await server.open(), await server.open()
        used.hold()
        await server.pass_time(TIMEOUT_S)
        return server.is_alive(used), server.is_alive(idle)

    assert asyncio.run(main()) == (True, False)


def test_closing_the_pool_closes_all_sessions(server):
    async def main():
        for _ in range(2):
            await server.open()
        await server.pool.close_all()
        return server.pool.active_sessions

    assert asyncio.run(main()) == 0


def test_the_end_of_the_event_loop_closes_all_sessions(server):
    async def main():
        await server.open()
        await asyncio.sleep(0)  # the watch begins
        return server.pool.active_sessions

    assert asyncio.run(main()) == 1
    assert server.pool.active_sessions == 0


def test_nothing_keeps_a_session_that_has_been_closed(server):
    async def main():
        session = await server.pool.open()
        await ask(session, GetState(1, 1))
        session.hold()
        session.taken_over(left=session.release)
        await server.pool.close(session)
        kept = weakref.ref(session)
        del session
        await asyncio.wait_for(server.freed(), BOUND_S)
        async with asyncio.timeout(BOUND_S):
            while kept() is not None:  # the tasks that ended it are done one after the other
                gc.collect()
                await asyncio.sleep(0)

    asyncio.run(main())


def test_a_session_of_which_nothing_is_asked_is_closed_although_it_is_held(server):
    async def main():
        session = await server.open()
        session.hold()
        await server.pass_time(QUIET_S - 1)
        await ask(session, GetState(1, 1))
        await server.pass_time(QUIET_S - 1)
        asked = server.is_alive(session)
        await server.pass_time(1)
        return asked, server.is_alive(session)

    assert asyncio.run(main()) == (True, False)


def test_a_session_that_a_connection_of_v1_has_made_lives_as_long_as_that(serve, host):
    client = serve(Counter, host_sessions=host, session_options=PoolOptions(leases=Leases(quiet_s=0.0)))
    with client.websocket_connect("/ws") as websocket:
        for _ in range(2):
            websocket.send_text('{"type":"state"}')
            assert websocket.receive_json()["type"] == "state"
            client.portal.call(client.app.state.openenv.pool.reap)


def test_when_the_server_is_full_the_session_that_has_been_alone_for_longest_makes_room(server):
    async def main():
        first = await server.open()
        await server.pass_time(1)
        second = await server.open()
        await server.pass_time(SPARE_S)
        third = await server.open()
        return [server.is_alive(session) for session in (first, second, third)]

    assert asyncio.run(main()) == [False, True, True]


def test_a_session_that_has_not_been_alone_for_long_makes_no_room(server):
    async def main():
        held, fresh = await server.open(), await server.open()
        held.hold()
        await server.pass_time(SPARE_S - 1)
        with pytest.raises(CapacityError):
            await server.open()
        return server.is_alive(held), server.is_alive(fresh)

    assert asyncio.run(main()) == (True, True)


class Watched(Counter):
    """Tells when it is closed."""

    def __init__(self, closed: threading.Event) -> None:
        super().__init__()
        self._closed = closed

    def close(self) -> None:
        self._closed.set()


def test_an_idle_session_is_closed_without_a_further_request(serve):
    closed = threading.Event()
    limits = ConcurrencyConfig(max_concurrent_envs=4, session_timeout=0.01)
    client = serve(lambda: Watched(closed), Add, Total, concurrency_config=limits, host_sessions="thread")
    client.post("/reset")
    assert closed.wait(BOUND_S)


def test_a_session_is_held_while_a_websocket_is_attached(serve, host):
    client = serve(Counter, host_sessions=host)
    session = client.post("/reset").headers["X-OpenEnv-Session"]
    held = client.app.state.openenv.pool.get(session)
    with client.websocket_connect(f"/ws?session_id={session}") as websocket:
        websocket.send_text('{"type":"state"}')
        websocket.receive_json()
        assert held.is_held
    assert not held.is_held


def test_the_sessions_are_closed_with_the_application(serve, journaled, journal, host):
    client = serve(journaled(Counter), host_sessions=host)
    client.post("/reset")
    client.__exit__()
    assert journal.events == ["made", "closed"]


def test_the_sessions_are_closed_also_when_the_application_is_mounted_in_another(journal, host):
    around = FastAPI()
    around.mount("/inner", create_app(partial(Counter, journal.path), host_sessions=host))
    with TestClient(around) as client:
        client.post("/inner/reset")
        assert journal.events == ["made"]
    assert journal.events == ["made", "closed"]
