"""Connections that break: each element of a batch is carried out once, and its answer arrives."""

import pytest

from openenv import VectorEnv
from openenv.errors import SessionLost
from tests.vector.environments import Do, ObedientEnv

GO = [Do()] * 4
SERVED = ["process/Obedient", "thread/Obedient", "inline/Inline", "process/Seated", "thread/Seated"]


@pytest.fixture(params=SERVED)
def envs(request, proxies):
    clients = [ObedientEnv(f"{proxy.url}/{request.param}", reconnect_timeout_s=5.0) for proxy in proxies[:1]]
    with VectorEnv(clients, 4, batch_size=2) as envs:
        envs.reset(seed=1, length=1000)
        yield envs


@pytest.mark.parametrize("way", ["up", "down"])
def test_wherever_a_connection_is_cut_each_step_is_taken_once(envs, proxies, way):
    for number, cut in enumerate(range(0, 400, 37), start=1):
        setattr(proxies[0].orders, f"cut_{way}", cut)
        assert envs.step(GO).rewards.tolist() == [1 + number, 2 + number, 3 + number, 4 + number]


@pytest.mark.parametrize("way", ["up", "down"])
def test_wherever_a_connection_is_cut_what_is_sent_is_carried_out_once(envs, proxies, way):
    envs.send(GO)
    numbers = [1, 2, 3, 4]
    for cut in range(0, 400, 37):
        setattr(proxies[0].orders, f"cut_{way}", cut)
        batch = envs.recv()
        for env_id, reward in zip(batch.env_ids, batch.rewards, strict=True):
            numbers[env_id] += 1
            assert reward == numbers[env_id]
        envs.send(GO[:2], batch.env_ids)


@pytest.mark.parametrize("envs", ["process/Seated", "thread/Seated", "process/Obedient"], indirect=True)
def test_what_is_sent_later_gives_up_no_answer_that_has_not_come(envs, proxies, new_gate):
    answers, gate = proxies[0].hold("down"), new_gate()
    envs.send([Do()], [0])
    answers.wait_for_bytes()
    envs.send([gate.waiting], [1])
    gate.arrival()
    proxies[0].cut()
    gate.open()
    batch = envs.recv()
    answers.release()
    assert not batch.errors
    assert sorted(batch.rewards) == [2.0, 3.0]


def test_a_connection_that_breaks_while_nobody_asks_is_not_noticed(envs, proxies):
    for number in range(1, 4):
        proxies[0].cut()
        assert envs.step(GO).rewards.tolist() == [1 + number, 2 + number, 3 + number, 4 + number]
    proxies[0].cut()
    assert envs.reset(seed=7).observations["number"].tolist() == [7, 8, 9, 10]


def test_what_cannot_be_reached_for_too_long_is_lost_and_can_be_had_again(two_servers, proxies):
    client = ObedientEnv(f"{proxies[0].url}/process/Obedient", reconnect_timeout_s=0.2)
    with VectorEnv(client, 2) as envs:
        envs.reset(seed=1)
        proxies[0].refuse()
        batch = envs.step(GO[:2])
        assert batch.truncated.all()
        assert all(isinstance(error, SessionLost) for error in batch.errors.values())
        proxies[0].admit()
        assert not envs.step(GO[:2]).errors
        assert envs.step(GO[:2]).rewards.tolist() == [1.0, 1.0]


def test_over_v1_a_connection_is_a_session(proxies):
    with VectorEnv(ObedientEnv(f"{proxies[0].url}/thread/Obedient", wire="v1"), 2) as envs:
        envs.reset(seed=1)
        assert proxies[0].connections == 2
        proxies[0].cut()
        batch = envs.step(GO[:2])
        assert batch.truncated.all()
        assert all(isinstance(error, SessionLost) for error in batch.errors.values())
        assert not envs.step(GO[:2]).errors
        assert envs.step(GO[:2]).rewards.tolist() == [1.0, 1.0]
