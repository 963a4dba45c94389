"""Forks and snapshots go on as what they were made of, in every game."""

import random

import msgspec
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


@pytest.mark.parametrize("game", ["tic_tac_toe", "oh_hell"])
def test_a_restored_session_is_where_it_was(client, game):
    client.reset(game=game, opponent="mcts", seed=1, episode_id="mine")
    client.step(client_action(client))
    kept, state = client.snapshot(), client.state()
    after = repr(client.step(client_action(client)))
    client.reset(game="chess")
    client.restore(kept)
    assert client.state() == state
    assert repr(client.step(client_action(client))) == after


def client_action(client: Client) -> OpenSpielAction:
    """One that is legal, as the refusal of another one says."""
    return OpenSpielAction(action_id=client.step(OpenSpielAction(action_id=-1)).observation.legal_actions[0])


@pytest.mark.parametrize(("game", "opponent"), [("tarok", "random"), ("leduc_poker(players=3)", "mcts")])
def test_a_session_is_forked(client, game, opponent):
    client.reset(game=game, opponent=opponent, seed=1)
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


@pytest.mark.parametrize(
    "forged",
    [
        {"game": "efg_game", "params": {"filename": "/etc/passwd"}},
        {"params": {"game": {"name": "efg_game", "filename": "/etc/passwd"}}},
        {"agent_player": 1},
        {"drawn": {"name": "efg_game"}},
        {"drawn": 3},
        {"moves": []},
        {"moves": [99]},
        {"moves": [[0, 1]]},
        {"random_numbers": [3, [-1] * 625, None]},
        {"random_numbers": [3, [0], None]},
        {"seed": "one"},
        {"step_count": -5},
        {"forfeited_by": 2},
        {"forfeited_by": -1},
    ],
    ids=str,
)
def test_a_forged_snapshot_is_refused_and_the_episode_goes_on(forged):
    environment = OpenSpielEnvironment("tic_tac_toe", opponent="first", agent_player=0)
    environment.reset(seed=1, episode_id="mine")
    environment.step(OpenSpielAction(action_id=4))
    fields = dict(zip(FIELDS, msgspec.msgpack.decode(environment.snapshot()), strict=True))
    with pytest.raises(ValueError, match=r"snapshot|moves|number|file|parameter|players|int\(\)"):
        environment.restore(msgspec.msgpack.encode([*{**fields, **forged}.values()]))
    assert environment.state.episode_id == "mine"
    assert environment.step(OpenSpielAction(action_id=8)).error is None


FIELDS = (
    *("game", "params", "agent_player", "opponent", "simulations", "drawn", "moves", "shown", "random_numbers"),
    *("seed", "episode_id", "step_count", "forfeited_by", "opponent_last_action"),
)
"""Of a snapshot, in its order."""


@pytest.mark.parametrize("seed", [2**70, -(2**70), True, 0])
def test_any_integer_is_a_seed_also_in_a_snapshot(seed):
    environment = OpenSpielEnvironment("2048")
    environment.reset(seed=seed)
    assert environment.fork().state == environment.state


def test_a_snapshot_of_a_game_that_was_lost_by_forfeit_is_of_one():
    environment = OpenSpielEnvironment("tic_tac_toe", illegal="forfeit")
    environment.reset(seed=1)
    environment.step(OpenSpielAction(action_id=99))
    seen = [one.step(OpenSpielAction(action_id=0)) for one in (environment, environment.fork())]
    assert repr(seen[0]) == repr(seen[1])
    assert (seen[0].done, seen[0].returns[0], seen[0].current_player) == (True, -1.0, -4)


def test_a_snapshot_of_no_episode_is_of_none(open_client):
    with open_client() as client:
        client.restore(client.snapshot())
        assert client.state().episode_id is None
        with pytest.raises(ExecutionError):
            client.reset(game="no such")
