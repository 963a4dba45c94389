"""Forks and snapshots go on as what they were made of, in every game."""

import random

import pytest

from openenv.errors import ExecutionError
from openspiel_env import OpenSpielAction, OpenSpielObservation
from openspiel_env.server.openspiel_environment import OpenSpielEnvironment
from openspiel_env.tests.conftest import Client
from openspiel_env.tests.engine import GAMES, WITH_PARAMETERS, some_action


def play_on(
    environment: OpenSpielEnvironment, seen: OpenSpielObservation, *, steps: int, seed: int
) -> tuple[OpenSpielObservation, list[str]]:
    """Random actions: what is seen after each."""
    rng, told = random.Random(seed), [repr(seen)]
    for _ in range(steps):
        if seen.done:
            break
        seen = environment.step(some_action(seen, rng))
        told.append(repr(seen))
    return seen, told


@pytest.mark.parametrize("game", [*GAMES, *WITH_PARAMETERS])
def test_a_fork_and_a_restored_snapshot_go_on_as_the_original(game):
    original = OpenSpielEnvironment(game)
    seen, _ = play_on(original, original.reset(seed=4), steps=5, seed=1)
    other = OpenSpielEnvironment()
    other.restore(original.snapshot())
    branches = [original, original.fork(), other]
    futures = [(play_on(branch, seen, steps=15, seed=2)[1], repr(branch.state)) for branch in branches]
    assert futures == [futures[0]] * 3


def test_a_restored_session_is_where_it_was(client):
    client.reset(game="tic_tac_toe", opponent="mcts", seed=1, episode_id="mine")
    client.step(OpenSpielAction(action_id=4))
    kept, state = client.snapshot(), client.state()
    after = repr(client.step(client_action(client)))
    client.reset(game="chess")
    client.restore(kept)
    assert client.state() == state
    assert repr(client.step(client_action(client))) == after


def client_action(client: Client) -> OpenSpielAction:
    """One that is legal, as the refusal of another one says."""
    return OpenSpielAction(action_id=client.step(OpenSpielAction(action_id=-1)).observation.legal_actions[0])


def test_a_session_is_forked(client):
    client.reset(game="tarok", seed=1)
    action = client_action(client)
    with client.fork(2)[0] as branch:
        assert repr(branch.step(action)) == repr(client.step(action))


def test_a_fork_with_another_seed_draws_other_numbers(client):
    client.reset(game="2048", seed=1)
    action = client_action(client)
    texts = {branch.step(action).observation.text for branch in client.fork(8, reseed=True)}
    assert len(texts) > 1


def test_what_is_no_snapshot_is_refused_and_the_episode_goes_on():
    environment = OpenSpielEnvironment("tic_tac_toe")
    environment.reset(episode_id="mine")
    good = environment.snapshot()
    for bad in (b"", b"\x00", good[:-3], good.replace(b"tic_tac_toe", b"tic_tac_tow")):
        with pytest.raises(ValueError, match=r"snapshot|no game"):
            environment.restore(bad)
    assert environment.state.episode_id == "mine"


def test_a_snapshot_of_no_episode_is_of_none(open_client):
    with open_client() as client:
        client.restore(client.snapshot())
        assert client.state().episode_id is None
        with pytest.raises(ExecutionError):
            client.reset(game="no such")
