"""The least for a step of a synchronous WebSocket client: a bare client, models and msgpack, no framework: ``URL``."""

import sys

import msgspec

from benchmarks.floors.plain_websocket import PlainWebSocket
from benchmarks.programs.rounds import answer_rounds
from echo_env import EchoAction, EchoObservation

ACTION = EchoAction(message="hello")


def step() -> EchoObservation:
    data = decode(connection.ask(encode(ACTION.model_dump())))
    fields = data["observation"] | {"reward": data["reward"], "done": data["done"]}
    return EchoObservation.model_validate(fields)


encode, decode = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder().decode
connection = PlainWebSocket(sys.argv[1])
assert step().echoed_message == "hello"
answer_rounds(step)
