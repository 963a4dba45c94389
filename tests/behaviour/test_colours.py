"""Two colours of one client: what answers at once, what is awaited, and what is refused."""

import asyncio
import copy
import gc
import inspect
import pickle

import pytest

from openenv import EnvClient, SyncEnvClient
from openenv.client.local import LocalRuntime
from openenv.errors import ClientClosed, SessionLost
from openenv.runtimes.embedded import EmbeddedRuntime
from tests.behaviour.environments import Move, Sight, Walk, WalkEnv, Where
from tests.behaviour.living import LookEnv, Stay
from tests.behaviour.remains import eventually


@pytest.fixture(params=["in-process", "embedded", "v1", "v2"])
def client(request, served):
    """A client that has not been used yet, in each way."""
    if request.param in ("v1", "v2"):
        return WalkEnv(f"{served.url}/thread/Walk", wire="v1" if request.param == "v1" else "auto")
    return WalkEnv(provider={"in-process": LocalRuntime, "embedded": EmbeddedRuntime}[request.param](Walk))


class PatientEnv(EnvClient[Move, Sight, Where]):
    """A client whose author awaits something else than the client."""

    async def nap(self):
        await asyncio.sleep(0)


class HelpfulEnv(EnvClient[Move, Sight, Where]):
    """A client whose author added plain methods."""

    def walk_back(self, by):
        return self.step(Move(by=-by))

    def position_after(self, by):
        return self.step(Move(by=by)).observation.position


def position(result) -> int:
    return result.observation.position


def test_without_a_loop_the_methods_answer_at_once(client):
    assert client.connect() is client
    assert position(client.reset(seed=1)) == 0
    assert position(client.step(Move(by=2))) == 2
    assert client.state() == Where(step_count=1, position=2, seed=1)
    other = client.new_session()
    assert position(other.step(Move(by=5))) == 5
    assert position(client.step(Move(by=1))) == 3
    assert (other.close(), client.disconnect(), client.close()) == (None, None, None)


def test_on_a_loop_the_methods_are_awaited(client):
    async def episode():
        pending = client.reset()
        assert inspect.isawaitable(pending)
        first = position(await pending)
        other = await client.new_session()
        second = position(await other.step(Move(by=5)))
        await client.close()
        return first, second

    assert asyncio.run(episode()) == (0, 5)


def test_with_gives_the_synchronous_client(client):
    with client as env:
        assert isinstance(env, SyncEnvClient)
        assert position(env.reset()) == 0


def test_async_with_gives_the_asynchronous_client(client):
    async def episode():
        async with client as env:
            assert env is client
            return position(await env.reset())

    assert asyncio.run(episode()) == 0


def test_a_synchronous_client_can_be_awaited_instead(client):
    async def episode():
        env = await client.sync()
        first = position(await env.reset())
        await env.close()
        return first

    assert asyncio.run(episode()) == 0


def test_a_synchronous_client_can_be_entered_asynchronously_instead(client):
    async def episode():
        async with client.sync() as env:
            return position(await env.reset())

    assert asyncio.run(episode()) == 0


def test_a_synchronous_client_answers_at_once_also_where_a_loop_runs(client):
    async def cell_of_a_notebook():
        with client as env:
            other = env.new_session()
            return position(env.reset()), position(other.step(Move(by=1))), env.walk(1, 2), env.describe(Move(by=3))

    assert asyncio.run(cell_of_a_notebook()) == (0, 1, [1, 3], "by 3")


def test_the_authors_methods_answer_at_once_without_a_loop(client):
    with client as env:
        env.reset()
        assert (env.walk(1, 2), env.describe(Move(by=3))) == ([1, 3], "by 3")


def test_a_plain_method_of_the_authors_may_use_what_it_calls():
    with HelpfulEnv(provider=LocalRuntime(Walk)) as env:
        env.reset()
        assert (env.position_after(5), position(env.walk_back(2))) == (5, 3)


def test_a_plain_method_of_the_authors_may_use_what_it_calls_also_where_a_loop_runs():
    async def cell_of_a_notebook():
        with HelpfulEnv(provider=LocalRuntime(Walk)) as env:
            env.reset()
            return env.position_after(5), position(env.walk_back(2))

    assert asyncio.run(cell_of_a_notebook()) == (5, 3)


def test_a_method_that_needs_an_event_loop_says_so_in_the_synchronous_client():
    with PatientEnv(provider=LocalRuntime(Walk)) as env, pytest.raises(RuntimeError, match="needs an event loop"):
        env.nap()


def test_a_client_in_asynchronous_use_is_refused_without_a_loop(client):
    async def half_an_episode():
        await client.reset()

    with asyncio.Runner() as runner:
        runner.run(half_an_episode())
        with pytest.raises(ClientClosed, match="asynchronous use"):
            client.step(Move(by=1))
        runner.run(_closed(client))


def test_a_client_in_synchronous_use_is_refused_on_a_loop(client):
    client.reset()

    async def other_half():
        with pytest.raises(ClientClosed, match="blocking use"):
            await client.step(Move(by=1))

    asyncio.run(other_half())
    assert position(client.step(Move(by=1))) == 1
    client.close()


def test_a_client_of_one_loop_is_refused_on_another(client):
    async def half_an_episode():
        return position(await client.step(Move(by=1)))

    with asyncio.Runner() as mine, asyncio.Runner() as another:
        assert mine.run(half_an_episode()) == 1
        with pytest.raises(ClientClosed, match="another event loop"):
            another.run(half_an_episode())
        assert mine.run(half_an_episode()) == 2
        mine.run(_closed(client))


@pytest.fixture
def left_behind(client):
    """A client whose session was begun on an event loop that is closed."""

    async def begin() -> None:
        await client.reset()
        assert position(await client.step(Move(by=1))) == 1

    asyncio.run(begin())
    yield client
    gc.collect()


# An event loop leaves connections open when it ends, and they are closed, with a warning, when they are collected.
leaves_connections = pytest.mark.filterwarnings("ignore::ResourceWarning")


@leaves_connections
def test_a_client_whose_loop_is_closed_says_what_goes_on_and_does(left_behind):
    client = left_behind
    with pytest.raises(ClientClosed, match="reset or connect begins another session, close ends what is left"):
        client.step(Move(by=1))
    assert position(client.reset()) == 0
    client.close()


@leaves_connections
def test_a_client_whose_loop_is_closed_can_be_disconnected(left_behind):
    client = left_behind
    client.disconnect()
    with pytest.raises(SessionLost, match="ended with the event loop"):
        client.step(Move(by=1))
    client.close()


@leaves_connections
def test_a_client_whose_loop_is_closed_is_closed_on_another(left_behind):
    client = left_behind
    asyncio.run(_closed(client))
    with pytest.raises(ClientClosed, match="is closed"):
        client.reset()


@leaves_connections
@pytest.mark.parametrize("runtime", [LocalRuntime, EmbeddedRuntime], ids=["in-process", "embedded"])
def test_closing_a_client_whose_loop_is_closed_closes_its_environments(runtime, tmp_path):
    farewells = [tmp_path / "first", tmp_path / "second"]

    async def two_sessions():
        await client.reset(farewell=str(farewells[0]))
        await (await client.new_session()).reset(farewell=str(farewells[1]))

    client = LookEnv(provider=runtime(Stay))
    asyncio.run(two_sessions())
    client.close()
    assert eventually(lambda: all(farewell.exists() for farewell in farewells))
    gc.collect()


@pytest.mark.parametrize("copied", [pickle.dumps, copy.copy, copy.deepcopy])
@pytest.mark.parametrize("colour", ["asynchronous", "synchronous"])
def test_a_client_is_not_copied(client, copied, colour):
    one = client if colour == "asynchronous" else client.sync()
    with pytest.raises(TypeError, match="cannot be copied or pickled, since it holds a session; make one where"):
        copied(one)


async def _closed(client) -> None:
    await client.close()
