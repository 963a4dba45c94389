"""What a step costs between models and messages, on both sides together, with what the reference's client (the one
without models) and its server do to them."""

import json

from benchmarks.programs.rounds import answer_rounds_of
from benchmarks.programs.screen_bytes import screens
from benchmarks.reference.app import EchoAction, EchoObservation
from benchmarks.reference.screens import ScreenAction, ScreenObservation
from openenv.core import GenericEnvClient
from openenv.core.env_server.serialization import deserialize_action, serialize_observation
from openenv.core.env_server.types import WSObservationResponse, WSStepMessage

client = GenericEnvClient(base_url="http://127.0.0.1:1")


def step_of(action_class, action, observation):
    """A step without its environment and its transport: the action goes there, the observation comes back."""

    def step():
        message = json.dumps({"type": "step", "data": client._step_payload(action)})
        request = WSStepMessage(**json.loads(message))
        deserialize_action(request.data, action_class)
        answer = WSObservationResponse(data=serialize_observation(observation)).model_dump_json()
        return client._parse_result(json.loads(answer)["data"]).observation

    return step


small = step_of(EchoAction, {"message": "hello"}, EchoObservation(echoed_message="hello", message_length=5))
large = step_of(ScreenAction, {"action_id": 1}, ScreenObservation(screen=list(screens()[0]), reward=1.0))
assert small()["echoed_message"] == "hello"
assert bytes(large()["screen"]) == screens()[0]
answer_rounds_of({"small step": small, "screen": large, "list of numbers": large})  # it has no other screens
