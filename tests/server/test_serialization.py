"""Observations and actions as plain data."""

import dataclasses

import pydantic
import pytest

from openenv.errors import InvalidReward, ValidationError
from openenv.server.serialization import deserialize_action, serialize_observation
from tests.server.environments import Add, Total


def test_an_observation_is_taken_apart_as_on_the_wire():
    observation = Total(total=3, reward=True, done=True, metadata={"a": 1})
    assert serialize_observation(observation) == {
        "observation": {"metadata": {"a": 1}, "total": 3},
        "reward": True,
        "done": True,
        "metadata": {"a": 1},
    }


def test_metadata_that_are_empty_are_not_repeated():
    assert serialize_observation(Total(total=3)) == {
        "observation": {"metadata": {}, "total": 3},
        "reward": None,
        "done": False,
    }


def test_a_reward_that_is_no_number_is_an_error():
    with pytest.raises(InvalidReward, match="Total"):
        serialize_observation(Total(total=3, reward=float("inf")))


def test_an_action_is_made_from_its_fields():
    assert deserialize_action({"amount": 3}, Add) == Add(amount=3)


@pytest.mark.parametrize("fields", [{"amount": "many"}, {"unknown": 1}, {"amount": 13}, [1]])
def test_an_action_that_does_not_fit_raises_pydantic_s_error(fields):
    with pytest.raises(pydantic.ValidationError):
        deserialize_action(fields, Add)


@dataclasses.dataclass
class Command:
    command: str


def test_an_action_may_be_a_dataclass():
    assert deserialize_action({"command": "ls"}, Command) == Command("ls")
    with pytest.raises(ValidationError, match="Field required"):
        deserialize_action({}, Command)
