"""The life of a client and of a server: connect, new sessions, close, SIGTERM."""

import pytest

from openenv import EnvClient
from openenv.errors import ClientClosed, ServerDraining, SessionLost
from tests.behaviour.environments import Move, Walk
from tests.behaviour.living import Look, LookEnv, Stay
from tests.behaviour.places import IN_PROCESS, IN_PROCESSES, ON_THREADS, by_every_client, everywhere, over
from tests.behaviour.unruly import Unruly


@by_every_client
async def test_a_session_begins_with_the_first_call(place):
    env = place.client(Walk)
    assert (await env.reset()).observation.position == 0
    await env.close()


@by_every_client
async def test_closing_twice_is_closing_once(place):
    env = place.client(Walk)
    await env.reset()
    await env.close()
    await env.close()


@by_every_client
async def test_closing_a_client_that_was_never_used_is_harmless(place):
    await place.client(Walk).close()


@by_every_client
@pytest.mark.parametrize("operation", ["connect", "reset", "state", "new_session"])
async def test_a_closed_client_is_refused(place, operation):
    env = place.client(Walk)
    await env.close()
    with pytest.raises(ClientClosed, match="is closed"):
        await getattr(env, operation)()
    with pytest.raises(ClientClosed, match="is closed"):
        await env.step(Move(by=1))


@everywhere
async def test_close_returns_when_the_environment_is_closed(place, tmp_path):
    env = place.client(Stay, LookEnv)
    await env.reset(farewell=str(tmp_path / "farewell"))
    await env.close()
    assert (tmp_path / "farewell").exists()


@by_every_client
async def test_a_with_block_closes_also_when_it_is_left_by_an_exception(place, tmp_path):
    async def episode() -> None:
        async with place.client(Stay, LookEnv) as env:
            await env.reset(farewell=str(tmp_path / "farewell"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await episode()
    assert (tmp_path / "farewell").exists()


@by_every_client
async def test_disconnect_ends_the_session_and_reset_begins_another(place):
    async with place.client(Walk) as env:
        await env.reset(episode_id="first")
        await env.step(Move(by=3))
        await env.disconnect()
        await env.reset(episode_id="second")
        assert (await env.state()).episode_id == "second"
        assert (await env.step(Move(by=1))).observation.position == 1


@by_every_client
async def test_no_other_call_than_reset_begins_a_session_after_disconnect(place):
    async with place.client(Walk) as env:
        await env.reset()
        await env.disconnect()
        with pytest.raises(SessionLost, match="disconnect"):
            await env.step(Move(by=1))
        with pytest.raises(SessionLost, match="disconnect"):
            await env.state()


@by_every_client
async def test_a_new_session_is_independent(place):
    async with place.client(Walk) as env:
        await env.reset(episode_id="one")
        other = await env.new_session()
        await other.reset(episode_id="two")
        await env.step(Move(by=3))
        assert [(await e.state()).episode_id for e in (env, other)] == ["one", "two"]
        assert [(await e.state()).position for e in (env, other)] == [3, 0]


@by_every_client
async def test_a_new_session_is_closed_with_the_client_that_made_it(place, tmp_path):
    env = place.client(Stay, LookEnv)
    other = await env.new_session()
    await other.reset(farewell=str(tmp_path / "farewell"))
    await env.close()
    assert (tmp_path / "farewell").exists()
    with pytest.raises(ClientClosed):
        await other.step(Look())


@by_every_client
async def test_closing_a_new_session_leaves_the_client_that_made_it(place):
    async with place.client(Walk) as env:
        await env.reset()
        other = await env.new_session()
        await other.reset()
        await other.close()
        assert (await env.step(Move(by=3))).observation.position == 3


@over(IN_PROCESS, ON_THREADS)
async def test_a_subclass_without_a_single_hook_is_a_client(place):
    class Plain(EnvClient):
        pass

    async with place.client(Walk, Plain) as env:
        assert (await env.reset()).observation["position"] == 0


@over([ON_THREADS[-1], IN_PROCESSES[0]])
async def test_sigterm_closes_the_sessions_and_the_server_exits_with_0(place, own_server, tmp_path):
    server = own_server(Stay, place.way.host)
    env = place.colour.face(LookEnv(server.url, wire="v1" if place.way.wire == "v1" else "auto"))
    await env.reset(farewell=str(tmp_path / "farewell"))
    assert await place.blocking(server.terminate) == 0
    assert (tmp_path / "farewell").read_text() == "the same thread"
    with pytest.raises(SessionLost if place.way.wire == "v1" else ServerDraining):
        await env.step(Look())
    await env.close()


@over(ON_THREADS[:1], IN_PROCESSES[:1])
async def test_sigterm_ends_the_server_also_while_a_step_runs(place, own_server, pipes):
    server = own_server(Unruly, place.way.host)
    env = place.colour.face(LookEnv(server.url, wire="v1"))
    await env.reset()
    held = place.begin(env.step(Look(what="hold", path=pipes.path)))
    await place.blocking(pipes.wait_for_step)
    assert await place.blocking(server.terminate) == 0
    assert isinstance(await held.outcome(), SessionLost)
    await env.close()
