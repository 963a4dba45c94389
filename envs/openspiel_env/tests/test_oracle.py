"""What is seen is what the engine says, in every game that it loads."""

import random

import pytest

from openspiel_env.server.episode import Episode
from openspiel_env.tests.engine import GAMES, MAX_STEPS, WITH_PARAMETERS, Oracle, setup, some_action, told


def compare_with_the_engine(episode: Episode) -> None:
    """Play at random, and look at the engine after every step."""
    rng = random.Random(5)
    seen, oracle, counted = episode.observation(episode.begin()), Oracle(episode), [0.0] * episode.setup.num_players
    viewer, mover = 0, None
    for step in range(MAX_STEPS):
        oracle.follow(episode)
        turn = oracle.state.current_player()
        alone = episode.setup.opponent != "none"
        viewer = episode.setup.agent_player if alone or turn < 0 else turn
        wanted = oracle.seen_by(viewer)
        fields = told(seen)
        assert {name: fields[name] for name in wanted} == wanted
        gained = [now - before for now, before in zip(wanted["returns"], counted, strict=True)]
        if mover is not None:
            assert (seen.reward, seen.rewards) == (gained[mover], gained)
            counted = wanted["returns"]
        for seat in seen.seats:
            of_seat = oracle.seen_by(seat.player_id)
            assert seat.model_dump() == {
                "player_id": seat.player_id,
                **{n: of_seat[n] for n in seat.model_dump() if n in of_seat},
            }
        assert (len(seen.seats) > 0) == (turn == -2 and not alone)
        if seen.done:
            assert seen.game_phase == "terminal"
            return
        assert seen.game_phase == ("playing" if step else "initial")
        assert wanted["legal_actions"] or seen.seats, "nobody is asked who cannot move"
        mover = viewer
        seen = episode.observation(episode.step(some_action(seen, rng)))
        assert seen.error is None
        assert episode.step_count == step + 1


@pytest.mark.parametrize("game", [*GAMES, *WITH_PARAMETERS])
def test_an_agent_sees_what_the_engine_says(game):
    last = setup(game).num_players - 1
    for agent in {0, last}:
        compare_with_the_engine(Episode(setup(game, agent_player=agent), seed=agent))


@pytest.mark.parametrize("game", [*GAMES, *WITH_PARAMETERS])
def test_clients_in_every_seat_see_what_the_engine_says(game):
    compare_with_the_engine(Episode(setup(game, opponent="none"), seed=5))


def test_there_are_as_many_games_as_the_engine_has():
    assert len(GAMES) > 100
