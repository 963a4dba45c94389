"""What the echo environment answers."""

import random

import pytest

from echo_env import EchoAction, EchoObservation, EchoState
from echo_env.example import policy
from openenv import StepResult
from openenv.errors import ExecutionError, ValidationError

GREETING = "Echo environment ready"


def test_a_step_gives_the_message_back_with_its_length(client):
    client.reset()
    result = client.step(EchoAction(message="hello"))
    assert result == StepResult(
        EchoObservation(echoed_message="hello", message_length=5, reward=0.5), reward=0.5, metadata={}
    )


def test_a_reset_greets_without_a_reward(client):
    greeted = EchoObservation(echoed_message=GREETING, message_length=len(GREETING))
    assert client.reset() == StepResult(greeted, metadata={})


def test_the_greeting_is_an_option(open_client):
    with open_client(greeting="hi") as client:
        assert client.reset().observation.echoed_message == "hi"


@pytest.mark.parametrize("message", ["", "naïve ☃ 🐍 \0\n", "x" * 1_000_000], ids=["empty", "unicode", "long"])
def test_any_text_comes_back_and_is_counted_in_characters(client, message):
    client.reset()
    result = client.step(EchoAction(message=message))
    assert result.observation.echoed_message == message
    assert (result.observation.message_length, result.reward) == (len(message), len(message) * 0.1)


@pytest.mark.parametrize("seed", [0, 7, -1, 2**40])
def test_the_same_seed_draws_the_same_number(client, seed):
    drawn = {"seed": seed, "draw": random.Random(seed).random()}
    assert [client.reset(seed=seed).metadata for _ in range(2)] == [drawn, drawn]


def test_the_state_tells_the_episode_the_steps_and_the_last_message(client):
    client.reset(episode_id="mine")
    assert client.state() == EchoState(episode_id="mine", step_count=0, last_message=None)
    client.step(EchoAction(message="a"))
    client.step(EchoAction(message="b"))
    assert client.state() == EchoState(episode_id="mine", step_count=2, last_message="b")


def test_an_episode_without_a_name_gets_one_of_its_own(client):
    client.reset()
    first = client.state().episode_id
    client.reset()
    assert first is not None
    assert client.state().episode_id not in (None, first)


def test_a_step_before_the_first_reset_is_answered(open_client):
    with open_client() as client:
        assert client.step(EchoAction(message="early")).observation.echoed_message == "early"
        assert client.state() == EchoState(episode_id=None, step_count=1, last_message="early")


def test_episodes_have_no_end(client):
    client.reset()
    assert {client.step(EchoAction(message="again")).done for _ in range(100)} == {False}


def test_sessions_share_nothing(client):
    client.reset(episode_id="one")
    other = client.new_session()
    other.reset(episode_id="other")
    other.step(EchoAction(message="elsewhere"))
    assert client.state() == EchoState(episode_id="one", step_count=0, last_message=None)


@pytest.mark.parametrize(
    "action", [{}, {"message": 5}, {"message": "hi", "volume": 11}], ids=["none", "number", "more"]
)
def test_an_action_with_wrong_fields_is_refused_and_is_no_step(client, action):
    client.reset(episode_id="mine")
    with pytest.raises(ValidationError):
        client.step(action)
    assert client.state().step_count == 0


def test_a_seed_of_no_use_is_an_error_and_the_session_goes_on(client):
    with pytest.raises(ExecutionError, match="TypeError"):
        client.reset(seed=[1])
    assert client.step(EchoAction(message="on")).observation.echoed_message == "on"


def test_the_example_is_an_episode(client):
    client.reset()
    messages = [action.message for action in policy()]
    assert [client.step(action).observation.echoed_message for action in policy()] == messages
    assert len(messages) > 1
