"""Actions that cannot be done, and whose turn it is."""

import random
from typing import Any

import pytest

from openenv.errors import ValidationError
from openspiel_env import OpenSpielAction
from openspiel_env.server.episode import Episode
from openspiel_env.tests.engine import setup, some_action, told


def move(action_id: int, **fields: Any) -> OpenSpielAction:
    return OpenSpielAction(action_id=action_id, **fields)


def test_an_illegal_action_is_said_with_the_legal_ones_and_changes_nothing(client):
    client.reset(game="tic_tac_toe", opponent="first", seed=1)
    before = client.step(move(4)).observation
    for action in (4, -1, 9, 2**62):
        result = client.step(move(action))
        seen = result.observation
        assert f"action {action} is not legal" in seen.error
        same = (
            "text",
            "legal_actions",
            "returns",
            "info_state",
            "current_player",
            "opponent_last_action",
            "game_phase",
        )
        assert {name: told(seen)[name] for name in same} == {name: told(before)[name] for name in same}
        assert (result.reward, result.done) == (0.0, False)
    assert client.state().step_count == 1
    assert client.step(move(8)).observation.error is None


def test_an_illegal_action_can_lose_the_game(open_client):
    with open_client(game="tic_tac_toe", illegal="forfeit") as client:
        client.reset(seed=1)
        lost = client.step(move(99))
        assert (lost.done, lost.reward, lost.observation.game_phase) == (True, -1.0, "terminal")
        assert "forfeited" in lost.observation.error
        assert lost.observation.legal_actions == []
        after = client.step(move(0))
        assert (after.done, after.reward) == (True, 0.0)
        assert "over" in after.observation.error
        assert client.reset().done is False


def test_of_players_who_move_at_once_the_one_whose_action_is_illegal_loses(open_client):
    with open_client(game="goofspiel", opponent="none", illegal="forfeit") as client:
        client.reset(seed=1)
        lost = client.step(OpenSpielAction(actions=[0, 99])).observation
        assert (lost.rewards, lost.returns, lost.current_player) == ([0.0, -1.0], [0.0, -1.0], -4)


@pytest.mark.parametrize(
    ("game", "action"),
    [
        ("tic_tac_toe", move(0, player_id=1)),
        ("tic_tac_toe", move(0, game_name="chess")),
        ("tic_tac_toe", OpenSpielAction(actions=[0, 0])),
        ("goofspiel", move(0)),
        ("goofspiel", OpenSpielAction(actions=[0])),
        ("goofspiel", OpenSpielAction(actions=[0, 99], player_id=1)),
        ("goofspiel", OpenSpielAction(actions=[None, 0])),
    ],
)
def test_nobody_loses_by_what_is_no_move(open_client, game, action):
    with open_client(game=game, opponent="none", illegal="forfeit") as client:
        before = client.reset(seed=1).observation
        result = client.step(action)
        assert result.observation.error
        assert (result.done, result.observation.returns) == (False, before.returns)
        assert client.state().step_count == 0


def test_who_forfeits_is_told_what_was_got_so_far():
    episode = Episode(setup("mfg_garnet", illegal="forfeit"), seed=1)
    begun = episode.observation(episode.begin())
    lost = episode.observation(episode.step(move(99)))
    assert begun.returns[0] != 0
    assert lost.reward == lost.returns[0] == pytest.approx(begun.returns[0] - 1)


def test_actions_of_all_have_no_player_of_their_own(client):
    client.reset(game="goofspiel", opponent="none", seed=1)
    refused = client.step(OpenSpielAction(actions=[0, 0], player_id=5)).observation
    assert "player_id" in refused.error
    assert client.state().step_count == 0


def test_a_step_after_the_end_is_said_and_changes_nothing(client):
    result = client.reset(game="matrix_pd", seed=1)
    result = client.step(move(0))
    assert result.done
    after = client.step(move(0))
    assert (after.done, after.reward, after.observation.returns) == (True, 0.0, result.observation.returns)
    assert "reset begins another" in after.observation.error
    assert client.state().step_count == 1


def test_a_step_before_the_first_reset_begins_an_episode(open_client):
    with open_client() as client:
        assert client.step(move(1)).observation.error is None
        assert client.state().step_count == 1


@pytest.mark.parametrize("fields", [{}, {"action_id": 1, "actions": [1, 1]}, {"action_id": "first"}, {"move": 1}])
def test_an_action_with_wrong_fields_is_refused(client, fields):
    client.reset()
    with pytest.raises(ValidationError):
        client.step(fields)
    assert client.state().step_count == 0


def test_what_an_action_believes_of_the_game_is_compared(client):
    client.reset(game="connect_four", params={"rows": 5})
    for believed in ({"game_name": "chess"}, {"game_params": {"rows": 6}}):
        assert "this " in client.step(move(0, **believed)).observation.error
    assert client.state().step_count == 0
    for right in ({"game_name": "connect_four", "game_params": {"rows": 5}}, {"game_name": "catch"}):
        assert client.step(move(0, **right)).observation.error is None


def test_against_opponents_an_agent_has_one_action_and_one_seat(client):
    client.reset(game="matrix_pd")
    assert "give action_id" in client.step(OpenSpielAction(actions=[0, 0])).observation.error
    assert "turn of player 0" in client.step(move(0, player_id=1)).observation.error
    assert client.step(move(0, player_id=0)).done


def test_clients_play_every_seat_in_turn(client):
    seen = client.reset(game="tic_tac_toe", opponent="none").observation
    for step, action in enumerate((0, 3, 1, 4)):
        assert seen.current_player == step % 2
        wrong = client.step(move(action, player_id=1 - step % 2)).observation
        assert f"it is the turn of player {step % 2}" in wrong.error
        seen = client.step(move(action, player_id=step % 2)).observation
    won = client.step(move(2, player_id=0))
    assert (won.done, won.reward, won.observation.rewards, won.observation.returns) == (
        True,
        1.0,
        [1.0, -1.0],
        [1.0, -1.0],
    )
    assert client.state().step_count == 5


def test_clients_move_at_once(client):
    seen = client.reset(game="matrix_pd", opponent="none").observation
    assert [(seat.player_id, seat.legal_actions) for seat in seen.seats] == [(0, [0, 1]), (1, [0, 1])]
    wrongs: list[list[int | None]] = [[0], [0, 5], [None, 0]]
    for wrong in wrongs:
        assert client.step(OpenSpielAction(actions=wrong)).observation.error
    assert "give actions" in client.step(move(0)).observation.error
    result = client.step(OpenSpielAction(actions=[1, 0]))
    assert (result.done, result.observation.returns) == (True, [10.0, 0.0])


def test_rewards_on_the_way_add_up_to_the_return(client):
    client.reset(game="cliff_walking", seed=1)
    total = 0.0
    for action in (1, 1, 1):
        result = client.step(move(action))
        total += result.reward
    assert total == result.observation.returns[0] == -3.0


@pytest.mark.parametrize("game", ["phantom_ttt", "dark_hex", "kriegspiel", "battleship"])
def test_hidden_moves_are_not_told(client, game):
    client.reset(game=game, agent_player=1, seed=3)
    result = client.step(move(int(client.reset(game=game, agent_player=1, seed=3).observation.legal_actions[0])))
    assert result.observation.opponent_last_action is None


def test_the_cards_of_others_are_not_in_the_text(client):
    texts = {client.reset(game="kuhn_poker", seed=seed).observation.text for seed in range(40)}
    assert texts == {"011\n0", "111\n1", "211\n2"}  # the card and both bets; the card, and no move yet


@pytest.mark.parametrize(
    ("game", "now", "before"),
    [
        ("blackjack", "Dealer: Cards: ??", "\n6 44 13"),
        ("battleship", "State of player's ships", "\nT=0"),
        ("cribbage", "Hand:", "Actions:"),
    ],
)
def test_the_text_shows_what_is_there_and_what_was(client, game, now, before):
    text = client.reset(game=game, seed=1).observation.text
    assert now in text
    assert before in text
    assert text.count(now) == 1


@pytest.mark.parametrize("game", ["twixt", "solitaire(is_colored=true)"])
def test_texts_have_no_colours(client, game):
    seen = client.reset(game=game, seed=1).observation
    assert "\x1b" not in seen.text + "".join(seen.action_names)


@pytest.mark.parametrize(
    "game",
    [
        "leduc_poker",
        "goofspiel(imp_info=true,num_cards=4)",
        "battleship(board_width=2,board_height=2,ship_sizes=[1],ship_values=[1],num_shots=2)",
        "tiny_bridge_2p",
    ],
)
def test_the_text_tells_no_more_than_the_player_knows(game):
    """What is seen is the same wherever what is known is the same, also for those who are not to move."""
    rng, texts, visits = random.Random(1), dict[tuple[int, str], str](), 0
    for seed in range(200):
        episode = Episode(setup(game, opponent="none"), seed=seed)
        seen = episode.observation(episode.begin())
        while not seen.done:
            state = episode.match.state
            for player in range(episode.setup.num_players):
                text = episode.view.of(state, player, turn=episode.match.turn).text
                assert texts.setdefault((player, state.information_state_string(player)), text) == text
                visits += 1
            seen = episode.observation(episode.step(some_action(seen, rng)))
    assert visits - len(texts) > 200


def test_the_text_can_be_left_out(open_client):
    with open_client(game="tic_tac_toe", text=False) as client:
        seen = client.reset().observation
        assert (seen.text, seen.action_names, len(seen.legal_actions)) == ("", [], 9)
