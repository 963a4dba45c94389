"""What takes a session's place, however it was lost; and what is counted, asked and reported meanwhile."""

import os
import signal
from functools import partial

import httpx2
import pytest

from openenv import VectorEnv
from openenv.errors import (
    CapacityError,
    ConnectionFailed,
    EnvironmentFactoryError,
    ExecutionError,
    ServerDraining,
    SessionCrashed,
    SessionError,
    SessionLost,
)
from openenv.runtimes.embedded import EmbeddedRuntime
from tests.behaviour.remains import eventually, is_gone
from tests.behaviour.servers import Server
from tests.vector.conftest import die_alone, die_together, in_one_colour
from tests.vector.environments import Do, Inline, Many, Obedient, ObedientEnv, Seated

GO = [Do()] * 4
LOST = (SessionLost, SessionError)  # v1 knows the second alone


@die_alone
@pytest.mark.parametrize("mode", ["NEXT_STEP", "SAME_STEP", "DISABLED"])
async def test_an_episode_whose_session_dies_is_truncated_in_every_mode(place, mode):
    async with place.vector(autoreset_mode=mode) as envs:
        await envs.reset(seed=1)
        batch = await envs.step([Do(), Do(what="die"), Do(), Do()])
        assert list(batch.errors) == [1]
        assert batch.truncated.tolist() == [False, True, False, False]
        assert batch.infos["_error"].tolist() == [False, True, False, False]
        assert batch.rewards.tolist() == [2.0, 0.0, 4.0, 5.0]
        if mode == "SAME_STEP":
            assert batch.observations["number"].tolist() == [2, 0, 4, 5]
            assert [one and one.number for one in batch.infos["final_obs"]] == [None, 2, None, None]
        elif mode == "NEXT_STEP":
            batch = await envs.step(GO)
            assert batch.observations["number"].tolist() == [3, 0, 5, 6]
            assert batch.rewards.tolist() == [3.0, 0.0, 5.0, 6.0]
        else:
            with pytest.raises(ValueError, match=r"environments \[1\] are over"):
                await envs.step(GO)
            assert (await envs.reset(env_ids=[1], seed=[30])).observations["number"].tolist() == [30]
        assert not (await envs.step(GO)).errors


@die_alone
async def test_a_session_that_dies_in_reset_is_the_error_of_reset_and_another_one_begins(place):
    async with place.vector() as envs:
        with pytest.raises(LOST, match="exit status 3"):
            await envs.reset(what="die")
        assert (await envs.reset(seed=1)).observations["number"].tolist() == [1, 2, 3, 4]
        with pytest.raises(LOST, match="exit status 3"):
            await envs.reset(env_ids=[2], what="die")
        await envs.reset(env_ids=[2], seed=[30])
        assert (await envs.step(GO)).rewards.tolist() == [2.0, 3.0, 31.0, 5.0]


@in_one_colour
async def test_a_reset_that_fails_is_the_error_of_reset_and_ends_no_session(place):
    async with place.vector() as envs:
        with pytest.raises(ExecutionError):
            await envs.reset(what="raise")
        assert (await envs.reset(seed=1)).observations["number"].tolist() == [1, 2, 3, 4]
        with pytest.raises(ExecutionError):
            await envs.reset(env_ids=[2], what="raise")
        batch = await envs.step(GO)
        assert not batch.truncated.any()


@pytest.mark.parametrize("mode", ["NEXT_STEP", "SAME_STEP"])
@pytest.mark.parametrize("kind", [Obedient, Inline])
def test_an_episode_that_cannot_begin_by_itself_is_an_error_each_time_it_is_tried(kind, mode, tmp_path):
    flag = tmp_path / "flag"
    with VectorEnv(ObedientEnv(provider=EmbeddedRuntime(kind)), 2, autoreset_mode=mode) as envs:
        envs.reset(seed=0, length=1, until=str(flag), what="need")
        batch = envs.step(GO[:2])
        assert batch.terminated.all()
        flag.touch()
        if mode == "NEXT_STEP":
            assert not batch.errors
            batch = envs.step(GO[:2])
        assert sorted(batch.errors) == ([0, 1] if mode == "NEXT_STEP" else [])
        for _ in range(2):
            batch = envs.step(GO[:2])
            assert sorted(batch.errors) == [0, 1]
            assert all(isinstance(error, ExecutionError) for error in batch.errors.values())
            assert not batch.truncated.any() or mode == "SAME_STEP"
        flag.unlink()
        envs.step(GO[:2])
        assert not envs.step(GO[:2]).errors


@die_together
async def test_an_engine_of_all_is_replaced_by_one_engine(place):
    async with place.vector() as envs:
        await envs.reset(seed=1)
        for _ in range(2):
            await envs.step([Do(what="die"), *GO[1:]])
            batch = await envs.reset(seed=5)
            assert batch.observations["number"].tolist() == [5, 6, 7, 8]
            assert len(set(batch.infos["pid"].tolist())) == (2 if place.way.through.startswith("two") else 1)
            assert (await envs.step(GO)).rewards.tolist() == [6.0, 7.0, 8.0, 9.0]


class OnlyOne(Seated):
    """Writes down each engine that is made."""

    def __init__(self, notes) -> None:
        super().__init__()
        self._notes = notes

    @classmethod
    def vectorise(cls, num_envs: int, **options) -> Many:
        with options["notes"].open("a") as notes:
            notes.write(f"{num_envs}\n")
        return Many(num_envs)


@pytest.mark.parametrize("whole", [True, False], ids=["reset", "next step"])
def test_of_engines_there_is_one_at_a_time(tmp_path, whole):
    notes = tmp_path / "notes"
    with VectorEnv(ObedientEnv(provider=EmbeddedRuntime(partial(OnlyOne, notes=notes))), 4) as envs:
        envs.reset(seed=1)
        for number in range(1, 4):
            assert notes.read_text() == "4\n" * number
            assert sorted(envs.step([Do(what="die"), *GO[1:]]).errors) == [0, 1, 2, 3]
            if whole:
                envs.reset(seed=1)
            else:
                assert not envs.step(GO).errors
            assert not envs.step(GO).errors
        assert notes.read_text() == "4\n" * 4


def test_behind_a_server_engines_are_one_session_each_time(new_server):
    server = new_server()
    url = f"{server.url}/process/Seated"
    with VectorEnv(ObedientEnv(url), 4) as envs:
        envs.reset(seed=1)
        for _ in range(2):
            assert sorted(envs.step([Do(what="die"), *GO[1:]]).errors) == [0, 1, 2, 3]
            assert not envs.step(GO).errors
            assert not envs.step(GO).errors
            assert eventually(lambda: active_sessions(url) == 1)


def active_sessions(url: str) -> int:
    return int(httpx2.get(f"{url}/capacity").json()["active_sessions"])


@pytest.mark.parametrize("environment", ["process/Obedient", "thread/Seated"])
def test_a_server_that_was_started_anew_knows_no_session_and_makes_others(environment, new_server, two_servers):
    first = new_server()
    with VectorEnv(ObedientEnv(f"{first.url}/{environment}"), 4) as envs:
        envs.reset(seed=1)
        first.kill()
        new_server(port=first.port)
        batch = envs.step(GO)
        assert sorted(batch.errors) == [0, 1, 2, 3]
        assert batch.truncated.all()
        assert all(isinstance(error, SessionLost) for error in batch.errors.values())
        batch = envs.step(GO)
        assert not batch.errors
        assert batch.observations["number"].tolist() == [0, 0, 0, 0]
        assert envs.step(GO).rewards.tolist() == [1.0] * 4


@pytest.mark.parametrize("environment", ["process/Obedient", "process/Seated"])
def test_a_server_that_ends_in_a_step_loses_its_part_alone(environment, new_server, two_servers, new_gate):
    short, gate = new_server(), new_gate()
    clients = [ObedientEnv(f"{server.url}/{environment}") for server in (two_servers[0], short)]
    with VectorEnv(clients, 4, batch_size=2) as envs:
        envs.reset(seed=1)
        envs.send([gate.waiting], [3])
        gate.arrival()
        short.kill()
        envs.send(GO[:1], [0])
        batch = envs.recv()
        assert sorted(batch.env_ids) == [0, 3]
        assert list(batch.errors) == [3]
        batch = envs.step(GO)
        assert not batch.errors or sorted(batch.errors) == [2]
        for _ in range(2):
            batch = envs.step(GO)
        assert not batch.errors


def test_a_server_that_drains_tells_and_other_ones_take_over(new_server, two_servers):
    draining = new_server()
    clients = [ObedientEnv(f"{server.url}/process/Obedient") for server in (draining, two_servers[0])]
    with VectorEnv(clients, 4) as envs:
        pids = envs.reset(seed=1).infos["pid"]
        draining.terminate()
        assert eventually(lambda: all(map(is_gone, pids[:2])))
        batch = envs.step(GO)
        assert sorted(batch.errors) == [0, 1]
        assert all(isinstance(error, (ServerDraining, SessionLost)) for error in batch.errors.values())
        assert batch.truncated.tolist() == [True, True, False, False]
        for _ in range(2):
            batch = envs.step(GO)
        assert not batch.errors


def test_sessions_that_a_server_has_ended_are_truncated_and_followed(tmp_path):
    server = Server("--short-leases", "tests.vector.environments:Obedient", log=tmp_path / "log")
    try:
        proxy_url = f"{server.url}/process/Obedient"
        with VectorEnv(ObedientEnv(proxy_url), 2) as envs:
            pids = envs.reset(seed=1).infos["pid"]
            os.kill(pids[0], signal.SIGTERM)
            assert eventually(lambda: is_gone(pids[0]))
            batch = envs.step(GO[:2])
            assert list(batch.errors) == [0]
            assert isinstance(batch.errors[0], SessionCrashed)
            assert not envs.step(GO[:2]).errors
    finally:
        server.close()


def test_a_constructor_that_ends_its_process_is_said_so():
    with (
        VectorEnv(ObedientEnv(provider=EmbeddedRuntime(Stillborn)), 3) as envs,
        pytest.raises(EnvironmentFactoryError, match=r"could not be created.*exit status 5"),
    ):
        envs.reset()


class Stillborn(Obedient):
    """Its constructor ends the process."""

    def __init__(self) -> None:
        os._exit(5)


def test_more_sessions_than_a_server_has_slots_for_are_refused_and_fewer_are_had(one_slot):
    with VectorEnv(ObedientEnv(one_slot), 2) as envs, pytest.raises(CapacityError):
        envs.reset()
    with VectorEnv(ObedientEnv(one_slot), 1) as envs:
        assert len(envs.reset()) == 1


@pytest.fixture
def one_slot(tmp_path):
    server = Server("--one-slot", "tests.vector.environments:Obedient", log=tmp_path / "log")
    yield f"{server.url}/process/Obedient"
    server.close()


def test_a_first_url_where_nobody_answers_is_the_error_of_reset(two_servers):
    clients = [ObedientEnv(f"{url}/inline/Inline") for url in ("http://127.0.0.1:1", two_servers[0].url)]
    with VectorEnv(clients, 2) as envs, pytest.raises(ConnectionFailed):
        envs.reset()
