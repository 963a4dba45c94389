"""The least for an embedded step: two processes, a socket pair, pydantic models and msgpack on both sides."""

import os
import socket

import msgspec

from benchmarks.programs.rounds import answer_rounds
from echo_env import EchoAction, EchoObservation
from echo_env.server.echo_environment import EchoEnvironment


def serve(end: socket.socket) -> None:
    environment = EchoEnvironment()
    while data := end.recv(65536):
        action = EchoAction.model_validate(msgspec.msgpack.decode(data))
        end.sendall(msgspec.msgpack.encode(environment.step(action).model_dump()))


def step() -> None:
    here.sendall(msgspec.msgpack.encode(ACTION.model_dump()))
    EchoObservation.model_validate(msgspec.msgpack.decode(here.recv(65536)))


ACTION = EchoAction(message="hello")
here, there = socket.socketpair()
if os.fork() == 0:
    here.close()
    serve(there)
    os._exit(0)
there.close()
answer_rounds(step)
here.close()
os.wait()
