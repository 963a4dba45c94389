"""Who plays the other seats, and how they draw."""

import collections
import random

import pytest

from openenv.errors import DeadlineExceeded, EnvironmentFactoryError, ExecutionError
from openenv.registry.loading import NamedFactory
from openenv.runtimes.embedded import EmbeddedRuntime
from openspiel_env import OpenSpielAction, OpenSpielEnv, OpenSpielObservation
from openspiel_env.server.episode import Episode
from openspiel_env.server.openspiel_environment import OpenSpielEnvironment
from openspiel_env.server.setup import Setup
from openspiel_env.tests.conftest import ENVIRONMENT
from openspiel_env.tests.engine import setup, some_action

SCRIPTS = "openspiel_env.tests.scripts"
FOR_TIC_TAC_TOE = ["random", "first", "last", "minimax", "mcts"]


def play(episode: Episode, *, seed: int = 1) -> list[OpenSpielObservation]:
    """An episode of random actions: what was seen."""
    rng, seen = random.Random(seed), [episode.observation(episode.begin())]
    while not seen[-1].done:
        seen.append(episode.observation(episode.step(some_action(seen[-1], rng))))
    return seen


def first_seen(made: Setup, *, seed: int) -> OpenSpielObservation:
    episode = Episode(made, seed=seed)
    return episode.observation(episode.begin())


def results_against(opponent: str, *, episodes: int, simulations: int = 20, game: str = "tic_tac_toe") -> list[float]:
    rewards = []
    for seed in range(episodes):
        agent = seed % 2
        made = setup(game, opponent=opponent, agent_player=agent, simulations=simulations)
        rewards.append(play(Episode(made, seed=seed), seed=seed)[-1].returns[agent])
    return rewards


@pytest.mark.parametrize("opponent", FOR_TIC_TAC_TOE)
@pytest.mark.parametrize("game", ["tic_tac_toe", "nim(pile_sizes=1;2;3)"])
def test_the_same_seed_gives_the_same_opponent(game, opponent):
    made = setup(game, opponent=opponent)
    assert [repr(each) for each in play(Episode(made, seed=7))] == [repr(each) for each in play(Episode(made, seed=7))]


@pytest.mark.parametrize("game", ["backgammon", "negotiation", "tarok", "goofspiel", "leduc_poker"])
def test_the_same_seed_gives_the_same_chances_and_another_one_others(game):
    made = setup(game)
    told = [repr(play(Episode(made, seed=seed))) for seed in (7, 7, 8)]
    assert told[0] == told[1] != told[2]


@pytest.mark.parametrize("opponent", ["random", "minimax", "mcts"])
def test_opponents_that_draw_differ_with_the_seed(opponent):
    made = setup("tic_tac_toe", opponent=opponent, agent_player=1, simulations=2)
    assert len({first_seen(made, seed=seed).opponent_last_action for seed in range(30)}) > 1


def test_chance_draws_as_often_as_it_is_likely():
    drawn = collections.Counter(first_seen(setup("catch"), seed=seed).text for seed in range(2000))
    assert len(drawn) == 5
    assert all(320 < count < 480 for count in drawn.values())


def test_first_and_last_take_the_first_and_the_last_legal_action():
    answers = [
        first_seen(setup("tic_tac_toe", opponent=opponent, agent_player=1), seed=0).opponent_last_action
        for opponent in ("first", "last")
    ]
    assert answers == [0, 8]


def test_minimax_never_loses():
    rewards = results_against("minimax", episodes=60)
    assert max(rewards) <= 0
    assert sum(rewards) < -40


def test_tree_search_is_stronger_with_more_simulations():
    weak, strong = (sum(results_against("mcts", episodes=60, simulations=n)) for n in (1, 200))
    assert strong < -40 < weak


@pytest.mark.parametrize("game", ["leduc_poker(players=3)", "oh_hell", "universal_poker", "connect_four"])
def test_tree_search_is_fixed_by_the_seed(game):
    made = setup(game, opponent="mcts", agent_player=1, simulations=20)
    for seed in range(4):
        once, again = (repr(play(Episode(made, seed=seed))) for _ in range(2))
        assert once == again


@pytest.mark.parametrize("game", ["kuhn_poker", "tic_tac_toe"])
def test_tree_search_takes_a_single_simulation(game):
    assert play(Episode(setup(game, opponent="mcts", agent_player=1, simulations=1), seed=1))[-1].done


def test_tree_search_plays_poker():
    assert sum(results_against("mcts", episodes=100, simulations=100, game="leduc_poker")) < 0


@pytest.mark.parametrize("opponent", ["random", "first", "last", f"{SCRIPTS}:corners"])
@pytest.mark.parametrize("game", ["goofspiel(players=3)", "matrix_pd", "hearts", "oh_hell"])
def test_several_opponents_and_such_as_move_at_once_are_played(game, opponent):
    seen = play(Episode(setup(game, opponent=opponent, agent_player=1), seed=2))
    assert seen[-1].done


def test_a_function_can_be_the_opponent(open_client):
    with open_client(game="tic_tac_toe", opponent=f"{SCRIPTS}:corners", agent_player=1) as client:
        assert client.reset().observation.opponent_last_action == 8
        assert client.state().opponent_policy == "scripted"


def test_a_function_that_spoils_its_copy_of_the_state_spoils_nothing():
    seen = play(Episode(setup("tic_tac_toe", opponent=f"{SCRIPTS}:spoil"), seed=2))
    assert seen[-1].text.count("o") in (len(seen) - 1, len(seen) - 2)


def test_a_function_that_cheats_is_an_error_and_nothing_has_happened(open_client):
    with open_client(game="tic_tac_toe", opponent=f"{SCRIPTS}:cheat") as client:
        before = client.reset().observation
        for _ in range(2):
            with pytest.raises(ExecutionError, match="wants -7"):
                client.step(OpenSpielAction(action_id=4))
        assert client.state().step_count == 0
        refused = client.step(OpenSpielAction(action_id=99)).observation
        assert (refused.text, refused.legal_actions) == (before.text, before.legal_actions)


def test_a_function_that_cheats_in_its_first_move_leaves_the_episode_before():
    environment = OpenSpielEnvironment("tic_tac_toe", opponent=f"{SCRIPTS}:cheat")
    environment.reset(episode_id="mine")
    with pytest.raises(ValueError, match="wants -7"):
        environment.reset(episode_id="other", agent_player=1)
    assert environment.state.episode_id == "mine"
    assert environment.step(OpenSpielAction(action_id=-1)).legal_actions == [*range(9)]


def test_a_search_that_is_interrupted_leaves_the_game_where_it_was():
    runtime = EmbeddedRuntime(NamedFactory(ENVIRONMENT, {"game": "connect_four", "opponent": "mcts"}))
    with OpenSpielEnv(provider=runtime, message_timeout_s=0.2).sync() as client:
        before = client.reset(simulations=200_000, timeout_s=10).observation
        with pytest.raises(DeadlineExceeded):
            client.step(OpenSpielAction(action_id=3))
        after = client.step(OpenSpielAction(action_id=-1)).observation
        assert (after.text, after.legal_actions) == (before.text, before.legal_actions)


def test_a_client_names_no_functions(client):
    with pytest.raises(ExecutionError, match="no opponent"):
        client.reset(opponent=f"{SCRIPTS}:corners")


@pytest.mark.parametrize(
    ("game", "opponent", "words"),
    [
        ("chess", "minimax", "too large"),
        ("connect_four", "minimax", "too large"),
        ("kuhn_poker", "minimax", "in the open"),
        ("goofspiel", "mcts", "in turn"),
        ("dark_hex", "mcts", "hidden"),
        ("hearts", "mcts", "wrongly"),
        ("negotiation", "mcts", "chances"),
        ("tic_tac_toe", "scripted", "function"),
        ("tic_tac_toe", "grandmaster", "no opponent"),
    ],
)
def test_an_opponent_that_cannot_play_is_refused_and_the_episode_goes_on(client, game, opponent, words):
    client.reset(game="tic_tac_toe", episode_id="mine")
    with pytest.raises(ExecutionError, match=words):
        client.reset(game=game, opponent=opponent)
    assert client.state().episode_id == "mine"
    assert client.step(OpenSpielAction(action_id=4)).observation.error is None


def test_an_opponent_that_cannot_play_is_no_option(open_client):
    with (
        pytest.raises(EnvironmentFactoryError, match="too large"),
        open_client(game="chess", opponent="minimax") as one,
    ):
        one.reset()
