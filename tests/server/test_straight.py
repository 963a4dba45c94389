"""Steps of v1 on the event loop are answered while they are taken in: what they do not overtake, and when they wait."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from openenv.server.connection import Connection
from openenv.sessions.factory import EnvironmentFactory
from openenv.sessions.host import HostKind
from openenv.sessions.pool import PoolOptions, SessionPool
from openenv.wire.exchange import Message, ServerExchangeV1
from openenv.wire.frames import Open
from tests.server.environments import Counter

STEP = '{"type":"step","data":{"amount":1}}'
STATE = '{"type":"state"}'


class Peer:
    """A v1 connection, as its carrier has it."""

    def __init__(self, pool: SessionPool) -> None:
        self.congested = False
        self.relieved: Callable[[], None] = lambda: None
        self.totals: list[int] = []
        self._more = asyncio.Event()
        self.connection = Connection(pool, ServerExchangeV1(), self)

    def write(self, message: Message) -> None:
        data = json.loads(message)["data"]
        self.totals.append(data.get("observation", data)["total"])
        self._more.set()

    async def receive(self, count: int) -> None:
        """Until so many answers are there."""
        while len(self.totals) < count:
            self._more.clear()
            await self._more.wait()

    def pause(self) -> None:
        raise AssertionError("nobody sends so much")

    resume = end = pause


@pytest.fixture
def play():
    """Plays a scenario with a peer whose session is not open yet."""

    def play(scenario: Callable[[Peer], Awaitable[None]]) -> None:
        async def main() -> None:
            pool = SessionPool(EnvironmentFactory.of(Counter), PoolOptions(host=HostKind.INLINE))
            peer = Peer(pool)
            peer.connection.put(Open(0, 0))
            async with asyncio.timeout(10.0):
                await scenario(peer)
            await peer.connection.close()
            await pool.close_all()

        asyncio.run(main())

    return play


async def until_open(peer: Peer) -> None:
    peer.connection.receive(STATE)
    await peer.receive(1)
    peer.totals.clear()


def test_a_step_is_answered_while_it_is_taken_in(play):
    async def scenario(peer: Peer) -> None:
        await until_open(peer)
        peer.connection.receive(STEP)
        assert peer.totals == [1]

    play(scenario)


def test_steps_that_come_before_the_session_is_open_keep_their_order(play):
    async def scenario(peer: Peer) -> None:
        for message in (STEP, STATE, STEP):
            peer.connection.receive(message)
        assert peer.totals == []
        await peer.receive(3)
        assert peer.totals == [1, 1, 2]

    play(scenario)


def test_a_step_waits_until_its_peer_reads_what_it_was_sent_before(play):
    async def scenario(peer: Peer) -> None:
        await until_open(peer)
        peer.congested = True
        peer.connection.receive(STEP)
        peer.connection.receive(STEP)
        assert peer.totals == []
        peer.congested = False
        peer.relieved()
        assert peer.totals == [1, 2]

    play(scenario)


def test_a_step_does_not_overtake_one_that_has_waited_for_that(play):
    async def scenario(peer: Peer) -> None:
        await until_open(peer)
        peer.congested = True
        peer.connection.receive(STEP)
        peer.congested = False
        peer.connection.receive(STEP.replace("1", "10"))
        assert peer.totals == [1, 11]

    play(scenario)
