"""A connection that has lost a session to another one while it was asked something: what comes of both."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from openenv.errors import SessionError
from openenv.server.connection import Connection
from openenv.sessions.factory import EnvironmentFactory
from openenv.sessions.host import HostKind
from openenv.sessions.pool import PoolOptions, SessionPool
from openenv.wire import v2
from openenv.wire.exchange import Message, ServerExchangeV2
from openenv.wire.frames import (
    Batch,
    Close,
    Closed,
    Failure,
    Open,
    Opened,
    Reply,
    Request,
    Result,
    Results,
    Step,
)
from tests.server.stubborn import Stubborn

BOUND_S = 10.0


class Peer:
    """A connection, and the end of it that speaks by hand."""

    congested = False

    def __init__(self, pool: SessionPool) -> None:
        self.relieved: Callable[[], None] = lambda: None
        self._replies: asyncio.Queue[Reply] = asyncio.Queue()
        self.opened: list[str] = []
        self._connection = Connection(pool, ServerExchangeV2(), self, lasting=True)

    def send(self, *requests: Request) -> None:
        for request in requests:
            self._connection.receive(v2.encode(request))

    async def receive(self) -> Reply:
        async with asyncio.timeout(BOUND_S):
            reply = await self._replies.get()
        if isinstance(reply, Opened):
            self.opened.append(reply.session_id)
        return reply

    async def expect(self, *replies: tuple[type[Reply], int]) -> None:
        """These kinds of replies come next, with these ids."""
        received = [await self.receive() for _ in replies]
        assert [(type(reply), reply.id) for reply in received] == list(replies)

    async def ask(self, request: Request) -> Reply:
        self.send(request)
        return await self.receive()

    async def close(self) -> None:
        await self._connection.close()

    # The carrier.

    def write(self, message: Message) -> None:
        assert isinstance(message, bytes)
        self._replies.put_nowait(v2.decode_reply(message))

    def pause(self) -> None:
        raise AssertionError("nobody sends so much")

    resume = end = pause


class Robbery:
    """A peer has lost the session on channel 1 to another one, in the middle of a step that ends with ``end_step``."""

    def __init__(self, pool: SessionPool, pipe: Path) -> None:
        self.robbed, self.robber = Peer(pool), Peer(pool)
        self._pool = pool
        self._pipe = pipe

    async def begin(self, *, in_batch: bool = False) -> None:
        opened = await self.robbed.ask(Open(1, 1))
        assert isinstance(opened, Opened)
        step = Step(1, 2, {"what": "read", "path": str(self._pipe)})
        self.robbed.send(Batch(0, 1, [step]) if in_batch else step)
        assert isinstance(await self.robber.ask(Open(1, 1, opened.session_id, opened.secret)), Opened)

    async def end_step(self) -> None:
        await asyncio.to_thread(self._pipe.write_bytes, b"")

    async def end(self) -> None:
        """Nobody holds a session when both are gone."""
        await self.robbed.close()
        await self.robber.close()
        for session_id in (*self.robbed.opened, *self.robber.opened):
            with contextlib.suppress(SessionError):  # it has ended
                assert not self._pool.get(session_id).is_held


@pytest.fixture
def robbery(tmp_path) -> Callable[..., None]:
    """Plays a scenario at a server with so many slots."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def play(scenario: Callable[[Robbery], Awaitable[None]], *, slots: int = 4) -> None:
        async def main() -> None:
            options = PoolOptions(max_sessions=slots, host=HostKind.THREAD)
            pool = SessionPool(EnvironmentFactory.of(Stubborn), options)
            robbery = Robbery(pool, pipe)
            await scenario(robbery)
            await robbery.end()
            await pool.close_all()

        asyncio.run(main())

    return play


def test_the_channel_takes_another_session_whatever_the_old_one_answers(robbery):
    async def scenario(robbery: Robbery) -> None:
        await robbery.begin()
        assert isinstance(await robbery.robbed.ask(Open(1, 3)), Opened)
        await robbery.end_step()
        await robbery.robbed.expect((Result, 2))
        assert isinstance(await robbery.robbed.ask(Step(1, 4, {})), Result)

    robbery(scenario)


def test_what_waits_behind_an_open_goes_on_waiting_when_the_old_session_answers(robbery):
    async def scenario(robbery: Robbery) -> None:
        await robbery.begin()
        robbery.robbed.send(Open(1, 3), Step(1, 4, {}), Open(1, 5))  # there is no slot yet
        await robbery.end_step()
        await robbery.robbed.expect((Result, 2))
        assert isinstance(await robbery.robber.ask(Close(1, 2)), Closed)
        await robbery.robbed.expect((Opened, 3), (Result, 4), (Failure, 5))

    robbery(scenario, slots=1)


def test_a_batch_is_answered_when_the_old_session_answers(robbery):
    async def scenario(robbery: Robbery) -> None:
        await robbery.begin(in_batch=True)
        robbery.robbed.send(Open(1, 3))
        await robbery.end_step()
        await robbery.robbed.expect((Results, 1))
        assert isinstance(await robbery.robber.ask(Close(1, 2)), Closed)
        await robbery.robbed.expect((Opened, 3))

    robbery(scenario, slots=1)
