"""The base models: their defaults, what they refuse and what they keep."""

import pydantic
import pytest

from openenv import Action, Observation, State
from openenv.contract.models import EnvironmentMetadata


def test_an_action_has_metadata():
    assert Action().model_dump() == {"metadata": {}}


def test_an_observation_has_the_outcome_of_a_step():
    assert Observation().model_dump() == {"done": False, "truncated": False, "reward": None, "metadata": {}}


def test_a_state_counts_from_zero():
    assert State().model_dump() == {"episode_id": None, "step_count": 0}


@pytest.mark.parametrize("model", [Action, Observation])
def test_actions_and_observations_refuse_unknown_fields(model: type[pydantic.BaseModel]):
    with pytest.raises(pydantic.ValidationError):
        model(unknown=1)


def test_a_state_keeps_further_fields():
    assert State(score=3).model_dump() == {"episode_id": None, "step_count": 0, "score": 3}


def test_a_negative_step_count_is_refused():
    with pytest.raises(pydantic.ValidationError):
        State(step_count=-1)


def test_assignments_are_checked():
    state = State()
    with pytest.raises(pydantic.ValidationError):
        state.step_count = "many"


@pytest.mark.parametrize("reward", [True, 1, 1.5, None])
def test_a_reward_keeps_its_type(reward: float | None):
    assert repr(Observation(reward=reward).reward) == repr(reward)


def test_metadata_are_not_shared_between_instances():
    first = Observation()
    first.metadata["seen"] = True
    assert Observation().metadata == {}


def test_an_environment_needs_a_name_and_a_description():
    assert EnvironmentMetadata(name="a", description="b").model_dump() == {
        "name": "a",
        "description": "b",
        "readme_content": None,
        "version": None,
        "author": None,
        "documentation_url": None,
    }
