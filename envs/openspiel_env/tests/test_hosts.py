"""Sessions on a server are the same on every host and every wire: on its event loop, on threads, in processes."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from openspiel_env import OpenSpielAction, OpenSpielEnv

TARGET = "openspiel_env.server.openspiel_environment:OpenSpielEnvironment"
HOSTS = ("inline", "thread", "process")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Of a server with the environment on each host."""
    command = [sys.executable, "-m", "tests.behaviour.served", TARGET]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.kill()


def episode(client: OpenSpielEnv, game: str) -> list[str]:
    with client as env:
        results = [env.reset(game=game, seed=5, opponent="mcts", simulations=3)]
        while len(results) < 7 and not results[-1].done:
            results.append(env.step(OpenSpielAction(action_id=results[-1].observation.legal_actions[0])))
        return [repr(result.observation) for result in results]


@pytest.mark.parametrize("game", ["backgammon", "oh_hell"])
def test_an_episode_is_the_same_on_every_host_and_wire(url, game):
    seen = [
        episode(OpenSpielEnv(f"{url}/{host}/OpenSpielEnvironment", wire=wire), game)
        for host in HOSTS
        for wire in ("v1", "auto")
    ]
    assert seen == [seen[0]] * 6


@pytest.mark.parametrize("host", HOSTS)
def test_a_session_is_forked_and_restored_on_every_host(url, host):
    with OpenSpielEnv(f"{url}/{host}/OpenSpielEnvironment") as env:
        first = env.reset(game="stones_and_gems", seed=5)
        action = OpenSpielAction(action_id=first.observation.legal_actions[-1])
        kept = env.snapshot()
        with env.fork(1)[0] as branch:
            after = [repr(one.step(action)) for one in (env, branch)]
        env.restore(kept)
        assert [*after, repr(env.step(action))] == [after[0]] * 3


def test_parameters_of_which_the_engine_dies_end_no_other_session(url):
    with OpenSpielEnv(f"{url}/inline/OpenSpielEnvironment") as env, env.new_session() as other:
        other.reset(game="tic_tac_toe")
        with pytest.raises(RuntimeError, match="dies of it"):
            env.reset(game="catch", params={"rows": 0})
        assert other.step(OpenSpielAction(action_id=4)).observation.error is None
