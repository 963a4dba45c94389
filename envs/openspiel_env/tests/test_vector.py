"""Many episodes in one object are the same as each alone."""

import random

import pytest

from openenv import AutoEnv
from openenv.errors import ExecutionError
from openspiel_env import OpenSpielAction
from openspiel_env.server.openspiel_environment import OpenSpielEnvironment
from openspiel_env.tests.engine import some_action

COUNT = 4


@pytest.mark.parametrize("game", ["tic_tac_toe", "goofspiel(imp_info=true,num_cards=5)", "negotiation", "leduc_poker"])
@pytest.mark.parametrize("opponent", ["random", "none"])
def test_a_seed_gives_the_same_episode_in_a_vector_and_alone(game, opponent):
    alone = [OpenSpielEnvironment(game, opponent=opponent) for _ in range(COUNT)]
    options = {"game": game, "opponent": opponent}
    with AutoEnv.from_env("openspiel-env", num_envs=COUNT, options=options, autoreset_mode="Disabled") as envs:
        rng = random.Random(2)
        seen = [environment.reset(seed=seed) for seed, environment in enumerate(alone)]
        batch = envs.reset(seed=list(range(COUNT)))
        while True:
            assert [repr(result.observation) for result in batch] == [repr(one) for one in seen]
            if any(one.done for one in seen):
                return
            actions = [some_action(one, rng) for one in seen]
            seen = [environment.step(action) for environment, action in zip(alone, actions, strict=True)]
            batch = envs.step(actions)


def test_episodes_of_a_vector_go_on_through_their_ends():
    with AutoEnv.from_env("openspiel-env", num_envs=COUNT, options={"game": "tic_tac_toe"}) as envs:
        batch, ends = envs.reset(seed=1), 0
        for _ in range(40):
            legal = batch.observations["legal_actions"]
            batch = envs.step([OpenSpielAction(action_id=actions[0] if actions else 0) for actions in legal])
            assert not batch.errors
            assert batch.observations["observation"].shape == (COUNT, 3, 3, 3)
            ends += int(batch.terminated.sum())
        assert ends > COUNT


def test_what_is_done_to_the_list_of_legal_actions_makes_none_legal_or_illegal():
    vector = OpenSpielEnvironment.vectorise(2, game="tic_tac_toe", opponent="last")
    assert vector is not None
    longer, shorter = vector.reset([0, 1], seeds=[1, 1], options={}).observations["legal_actions"]
    longer.append(9)
    assert shorter.pop(0) == 0
    seen = vector.step([0, 1], [OpenSpielAction(action_id=9), OpenSpielAction(action_id=0)])
    assert seen.observations["error"] == [f"action 9 is not legal; legal are {[*range(9)]}", None]


def test_a_vector_changes_its_game_and_stays_where_it_is_when_it_cannot():
    with AutoEnv.from_env("openspiel-env", num_envs=COUNT) as envs:
        assert envs.reset(game="connect_four").observations["observation"].shape == (COUNT, 3, 6, 7)
        with pytest.raises(ExecutionError, match="did you mean chess"):
            envs.reset(game="ches")
        assert not envs.step([OpenSpielAction(action_id=0)] * COUNT).errors


def test_a_function_as_the_opponent_fails_alone():
    made = OpenSpielEnvironment.vectorise(COUNT, game="tic_tac_toe", opponent="openspiel_env.tests.scripts:corners")
    assert made is None
