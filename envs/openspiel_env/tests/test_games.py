"""Which games there are, and what is no game."""

from typing import Any

import pytest

from openenv.errors import ExecutionError
from openspiel_env import OpenSpielState
from openspiel_env.server import games


def test_reset_changes_the_game_and_who_plays_it(client):
    client.reset(game="tic_tac_toe", episode_id="one", opponent="last", seed=3)
    assert client.state() == OpenSpielState(
        episode_id="one", game_name="tic_tac_toe", opponent_policy="last", num_players=2, seed=3
    )
    seen = client.reset(game="connect_four", params={"rows": 5, "columns": 4}, agent_player=1, episode_id="two")
    assert seen.observation.observation_shape == [3, 5, 4]
    assert client.state() == OpenSpielState(
        episode_id="two",
        game_name="connect_four",
        game_params={"rows": 5, "columns": 4},
        agent_player=1,
        num_players=2,
    )


def test_what_reset_is_not_told_is_as_the_options_say(open_client):
    with open_client(game="connect_four", params={"rows": 5}, agent_player=1, opponent="first") as client:
        client.reset(game="tic_tac_toe", opponent="last", agent_player=0)
        assert client.state().game_params == {}
        client.reset()
        state = client.state()
        assert (state.game_name, state.game_params, state.agent_player) == ("connect_four", {"rows": 5}, 1)
        assert state.opponent_policy == "first"


def test_the_names_of_the_reference_are_options_too(open_client):
    with open_client(game_name="kuhn_poker", game_params={"players": 3}, opponent_policy="first") as client:
        client.reset()
        assert client.state().num_players == 3


def nested(depth: int) -> dict[str, Any]:
    """Parameters of a game within a game, and so on."""
    params: dict[str, Any] = {"game": "tic_tac_toe"}
    for _ in range(depth):
        params = {"game": {"name": "misere", **params}}
    return params


def test_the_reference_s_names_are_taken_too(client):
    client.reset(game_name="hex", game_params={"board_size": 5}, opponent_policy="first")
    state = client.state()
    assert (state.game_name, state.game_params, state.opponent_policy) == ("hex", {"board_size": 5}, "first")


def test_what_an_error_repeats_of_a_name_is_short(client):
    with pytest.raises(ExecutionError) as raised:
        client.reset(game="x" * 100_000)
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize(
    ("game", "params"),
    [
        ("misere(game=tic_tac_toe())", {}),
        ("misere", {"game": "tic_tac_toe()"}),
        ("misere", {"game": {"name": "tic_tac_toe"}}),
        ("misere", {"game": "tic_tac_toe"}),
    ],
)
def test_a_game_within_a_game_can_be_said_in_several_ways(client, game, params):
    client.reset(game=game, params=params)
    assert client.state().game_params == {"game": {"name": "tic_tac_toe"}}


def test_numbers_without_a_fraction_are_numbers(client):
    client.reset(game="go", params={"board_size": 5, "komi": 6})
    assert client.state().game_params == {"board_size": 5, "komi": 6.0}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"game": "tictactoe"}, "did you mean tic_tac_toe"),
        ({"game": ""}, "no game"),
        ({"game": "(((", "params": {}}, "parentheses"),
        ({"game": "chess(board_size=8"}, "parentheses"),
        ({"game": "efg_game", "params": {"filename": "/etc/passwd"}}, "file"),
        ({"game": "misere(game=nfg_game(filename=/etc/passwd))"}, "file"),
        ({"game": "bargaining", "params": {"instances_file": "/etc/passwd"}}, "file"),
        ({"game": "crossword"}, "no numbers"),
        ({"game": "misere"}, "needs parameters: game"),
        ({"game": "hex", "params": {"board": 5}}, "no parameter 'board'; it has: board_size"),
        ({"game": "hex", "params": {"board_size": "big"}}, "board_size of hex is int"),
        ({"game": "hex", "params": {"board_size": True}}, "board_size of hex is int"),
        ({"game": "tic_tac_toe", "agent_player": 2}, "players of tic_tac_toe are 0 to 1"),
        ({"game": "tic_tac_toe", "agent_player": -1}, "players of tic_tac_toe are 0 to 1"),
        ({"game": "tic_tac_toe", "opponent": "mcts", "simulations": 0}, "simulations is 0"),
        ({"game": "tic_tac_toe", "opponent": "mcts", "simulations": 2**31}, "simulations is 2147483648"),
        ({"game": ["chess"]}, "a name"),
        ({"game": "misere(game=" * 30 + "tic_tac_toe()" + ")" * 30}, "within each other"),
        ({"game": "misere", "params": nested(30)}, "within each other"),
        ({"game": "x(" + "y" * 100_000 + ")"}, "too long"),
        ({"game": "chess", "game_name": "go"}, "other name"),
        ({"game": "chess", "seed": "x"}, "integer"),
        ({"game": "chess", "episode_id": 7}, "episode_id is 7"),
        ({"game": "chess", "seed": 1.5}, "integer"),
        ({"game": "catch", "params": [1]}, "a mapping"),
    ],
)
def test_what_is_no_game_is_refused_and_the_episode_goes_on(client, options, words):
    client.reset(episode_id="mine")
    with pytest.raises(ExecutionError, match=words):
        client.reset(**options)
    assert client.state().episode_id == "mine"


@pytest.mark.parametrize(
    ("game", "params"),
    [
        ("catch", {"rows": 0}),
        ("connect_four", {"rows": 0}),
        ("coin_game", {"players": 0}),
        ("coop_to_1p", {"game": "tic_tac_toe()"}),
        ("blotto", {"fields": 0}),
    ],
)
def test_parameters_of_which_the_engine_dies_are_refused_and_the_episode_goes_on(client, game, params):
    client.reset(episode_id="mine")
    with pytest.raises(ExecutionError, match="cannot be played"):
        client.reset(game=game, params=params)
    assert client.state().episode_id == "mine"


def test_parameters_with_which_the_engine_never_ends_are_refused():
    with pytest.raises(ValueError, match="does not come to an end"):
        games.rehearse(games.parameters("bridge_uncontested_bidding", {"num_redeals": 100_000}), within_s=1.0)


def test_variables_of_the_environment_say_what_is_played(open_client, monkeypatch):
    monkeypatch.setenv("OPENSPIEL_GAME", "tic_tac_toe")
    monkeypatch.setenv("OPENSPIEL_AGENT_PLAYER", "1")
    monkeypatch.setenv("OPENSPIEL_OPPONENT_POLICY", "last")
    with open_client() as client:
        assert client.reset().observation.opponent_last_action == 8
        assert client.state().agent_player == 1
