"""The least for the codec of a step: models and msgpack, the screen as bytes, no framework."""

import msgspec
from pydantic import BaseModel

from benchmarks.floors.screen_messages import REQUEST, ScreenServer, observation_in
from benchmarks.programs.rounds import answer_rounds_of
from benchmarks.programs.screen_bytes import screens
from benchmarks.programs.screens import ScreenObservation
from echo_env import EchoAction, EchoObservation

ACTION, OBSERVATION = EchoAction(message="hello"), EchoObservation(echoed_message="hello", message_length=5)


class Numbers(BaseModel):
    screen: list[int]


def numbers() -> Numbers:
    return Numbers.model_validate(decode(encode(NUMBERS.model_dump())))


def screen() -> ScreenObservation:
    return observation_in(server.answer(REQUEST))


def small() -> EchoObservation:
    EchoAction.model_validate(decode(encode(ACTION.model_dump())))
    return EchoObservation.model_validate(decode(encode(OBSERVATION.model_dump())))


NUMBERS = Numbers(screen=list(screens()[0]))
encode, decode = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder().decode
server = ScreenServer()
assert screen().screen.tobytes() == screens()[0]
answer_rounds_of({"small step": small, "screen": screen, "list of numbers": numbers})
