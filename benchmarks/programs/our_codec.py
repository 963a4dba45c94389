"""What a step costs between models and messages, on both sides together, with our codecs: ``v1`` or ``v2``."""

import itertools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.programs.rounds import answer_rounds_of
from benchmarks.programs.screen_bytes import SHAPE, screens
from benchmarks.programs.screens import ScreenAction, ScreenObservation
from echo_env import EchoAction, EchoObservation
from openenv import Observation
from openenv.contract.adapters import adapter_of
from openenv.contract.transition import put_together, take_apart
from openenv.wire.exchange import client_exchange, server_exchange
from openenv.wire.frames import SUBPROTOCOL, Result, Step

SUBPROTOCOLS = {"v1": None, "v2": SUBPROTOCOL}


class NumbersObservation(Observation):
    """A screen as environments of the reference have it."""

    screen: list[int]


def step_of(wire: str, action: Any, observation: Any) -> Callable[[], Any]:
    """A step without its environment and its transport: the action goes there, the observation comes back."""
    client, server = client_exchange(SUBPROTOCOLS[wire]), server_exchange(SUBPROTOCOLS[wire])
    actions, observations = adapter_of(type(action)), adapter_of(type(observation))
    ids = itertools.count(1)

    def step() -> Any:
        asked = Step(1, next(ids), actions.dump(action))
        message = client.encode(asked)
        client.expect(asked)
        request = server.receive(message)
        actions.validate(request.action)
        answer = server.send(Result(request.channel, request.id, *take_apart(observation, source="step")))
        reply = client.receive(answer)
        return put_together(
            reply.observation, reply.reward, reply.done, reply.truncated, adapter=observations
        ).observation

    return step


wire, press, data = sys.argv[1], ScreenAction(action_id=1), screens()[0]
screen = np.frombuffer(data, np.uint8).reshape(SHAPE)
steps = {
    "small step": step_of(wire, EchoAction(message="hello"), EchoObservation(echoed_message="hello", message_length=5)),
    "screen": step_of(wire, press, ScreenObservation(screen=screen, reward=1.0)),
    "list of numbers": step_of(wire, press, NumbersObservation(screen=list(data), reward=1.0)),
}
assert steps["small step"]().echoed_message == "hello"
assert np.array_equal(steps["screen"]().screen, screen)
assert bytes(steps["list of numbers"]().screen) == data
answer_rounds_of(steps)
