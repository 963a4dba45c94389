"""Sessions outlive their connections: each request is carried out once, and the user sees nothing but a delay."""

import contextlib
from collections.abc import Iterator

import httpx2
import pytest

from openenv import EnvClient
from openenv.errors import ServerUnreachable, SessionLost
from tests.behaviour.environments import Move, Walk, WalkEnv
from tests.behaviour.forking import Roll, TableEnv
from tests.behaviour.places import IN_PROCESSES, ON_THREADS, over
from tests.behaviour.proxy import Proxy
from tests.behaviour.servers import websocket_server

V2 = [way for way in (*ON_THREADS, *IN_PROCESSES) if way.wire == "v2"]
V1 = [way for way in (*ON_THREADS, *IN_PROCESSES) if way.wire == "v1"]


@pytest.fixture
def proxy(served) -> Iterator[Proxy]:
    with contextlib.closing(Proxy(served.port)) as proxy:
        yield proxy


def client(place, proxy: Proxy, **options: object) -> EnvClient:
    wire = "v1" if place.way.wire == "v1" else "auto"
    return place.colour.face(WalkEnv(f"{proxy.url}/{place.way.host}/Walk", wire=wire, **options))


@over(V2)
@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
async def test_a_connection_that_breaks_between_two_calls_is_not_noticed(place, proxy, reset):
    async with client(place, proxy) as env:
        await env.reset()
        await env.step(Move(by=1))
        proxy.orders.reset = reset
        proxy.cut()
        assert (await env.step(Move(by=2))).observation.position == 3
        assert (await env.state()).step_count == 2
    assert proxy.connections == 2


@over(V2)
@pytest.mark.parametrize("way", ["cut_up", "cut_down"])
@pytest.mark.parametrize("after", [0, 1, 7, 30, 60])
async def test_a_step_whose_message_or_reply_is_cut_is_taken_once(place, proxy, way, after):
    async with client(place, proxy) as env:
        await env.reset()
        setattr(proxy.orders, way, after)
        positions = [(await env.step(Move(by=1))).observation.position for _ in range(5)]
        assert positions == [1, 2, 3, 4, 5]
        assert (await env.state()).step_count == 5
    assert proxy.connections == 2


@over(V2)
@pytest.mark.parametrize("way", ["cut_up", "cut_down"])
@pytest.mark.parametrize("after", [0, 1, 7, 30, 60])
async def test_a_fork_whose_message_or_reply_is_cut_is_carried_out_once(place, proxy, way, after):
    url = f"{proxy.url}/{place.way.host}/CopiedTable"
    async with place.colour.face(TableEnv(url)) as env:
        await env.reset()
        before = sessions_of(url)
        setattr(proxy.orders, way, after)
        branches = await env.fork(2)
        assert sessions_of(url) == before + 2
        assert [(await branch.step(Roll())).observation.total for branch in branches] == [1, 1]


def sessions_of(url: str) -> int:
    return int(httpx2.get(f"{url}/capacity").json()["active_sessions"])


@over(V2)
async def test_a_server_that_cannot_be_reached_for_a_while_is_waited_for(place, proxy):
    async with client(place, proxy) as env:
        await env.reset()
        proxy.refuse()
        held = place.begin(env.step(Move(by=1)))
        await place.blocking(proxy.admit)
        assert (await held.outcome()).observation.position == 1


@over(V2)
async def test_coming_back_is_tried_for_a_bounded_time(place, proxy):
    env = client(place, proxy, reconnect_timeout_s=0.3)
    await env.reset()
    proxy.refuse()
    with pytest.raises(SessionLost):
        await env.step(Move(by=1))
    proxy.admit()
    with pytest.raises(SessionLost):
        await env.step(Move(by=1))
    assert (await env.reset()).observation.position == 0
    await env.close()


@over(V1)
async def test_on_v1_a_broken_connection_is_a_lost_session_and_never_another_one(place, proxy):
    env = client(place, proxy)
    await env.reset()
    proxy.cut()
    for _ in range(2):
        with pytest.raises(SessionLost):
            await env.step(Move(by=1))
    assert (await env.reset()).observation.position == 0
    await env.close()


@over(V2)
async def test_a_new_session_of_another_server_is_never_taken_for_the_old_one(place, proxy, own_server):
    env = client(place, proxy, reconnect_timeout_s=1.0)
    await env.reset()
    other = own_server(Walk, place.way.host)
    proxy.port = other.port
    proxy.cut()
    with pytest.raises(SessionLost):
        await env.step(Move(by=1))
    await env.close()


@over(V2)
async def test_another_server_that_does_not_know_v2_is_not_tried_again(place, proxy):
    with websocket_server(lambda connection: connection.recv()) as url:
        env = client(place, proxy)
        await env.reset()
        proxy.port = int(url.rpartition(":")[2])
        proxy.cut()
        with pytest.raises(SessionLost, match="another server answers"):
            await env.step(Move(by=1))
        await env.close()


@over(V1, V2)
async def test_a_lost_session_stays_lost_also_when_a_reset_finds_no_server(place, proxy):
    env = client(place, proxy, reconnect_timeout_s=0.3)
    await env.reset()
    proxy.refuse()
    with pytest.raises(SessionLost):
        await env.step(Move(by=1))
    with pytest.raises(ServerUnreachable):
        await env.reset()
    proxy.admit()
    with pytest.raises(SessionLost):
        await env.step(Move(by=1))
    assert (await env.reset()).observation.position == 0
    await env.close()
