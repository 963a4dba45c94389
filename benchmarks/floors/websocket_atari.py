"""Little more than the least for a step of Pong over WebSocket with the game in a process of its own: a client, a
server that passes messages on, and a worker that plays, whose messages go through a socket pair; models, msgpack,
uvloop and picows, no framework."""

import asyncio
import os
import signal
import socket
from typing import Any

import msgspec
import numpy as np
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_create_server

from atari_env import AtariAction, AtariObservation
from benchmarks.floors.plain_websocket import PlainWebSocket
from benchmarks.programs.bare_atari import ACTIONS, BareAtari, presses
from benchmarks.programs.rounds import answer_rounds
from openenv.processes.parent_death import end_with_parent

LEGAL = list(range(ACTIONS))

encode, decode = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder().decode


def work(end: socket.socket) -> None:
    """One message with an action, one with what is seen."""
    game = BareAtari()
    game.reset()
    while message := end.recv(1 << 16):
        action = AtariAction.model_validate(decode(message))
        screen, reward, is_over = game.step(action.action_id)
        if is_over:
            game.reset()
        seen = AtariObservation(
            screen=screen, screen_shape=[*screen.shape], legal_actions=LEGAL, reward=reward, done=is_over
        )
        fields = seen.model_dump()
        answer = encode(fields | {"screen": fields["screen"].data.cast("B")})
        end.sendall(len(answer).to_bytes(4, "big") + answer)


class Worker(asyncio.Protocol):
    """Its answers, whole."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.transport: Any = None
        self.peer: WSTransport
        self._arrived = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self.gone.set()

    def data_received(self, data: bytes) -> None:
        self._arrived += data
        if len(self._arrived) == 4 + int.from_bytes(self._arrived[:4], "big"):
            self.peer.send(WSMsgType.BINARY, memoryview(self._arrived)[4:])
            self._arrived = bytearray()


class Passing(WSListener):
    """Messages go on to the worker as they are."""

    def __init__(self, worker: Worker) -> None:
        super().__init__()
        self._worker = worker

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._worker.peer = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
        else:
            self._worker.transport.write(frame.get_payload_as_bytes())


async def serve(listener: socket.socket, end: socket.socket) -> None:
    """Until the worker is gone."""
    worker = Worker()
    await asyncio.get_running_loop().create_unix_connection(lambda: worker, sock=end)
    await ws_create_server(lambda request: Passing(worker), sock=listener)
    await worker.gone.wait()


def step() -> None:
    fields = decode(client.ask(encode(actions[next(indices)].model_dump())))
    screen = np.frombuffer(fields["screen"], np.uint8).reshape(fields["screen_shape"])
    AtariObservation.model_validate(fields | {"screen": screen})


here, there = socket.socketpair()
if (worker := os.fork()) == 0:
    here.close()
    work(there)
    os._exit(0)
there.close()
listener = socket.create_server(("127.0.0.1", 0))
if (server := os.fork()) == 0:
    end_with_parent()
    uvloop.run(serve(listener, here))
    os._exit(0)
here.close()
actions, indices = [AtariAction(action_id=index) for index in range(ACTIONS)], presses()
client = PlainWebSocket(f"http://127.0.0.1:{listener.getsockname()[1]}")
answer_rounds(step)
os.kill(server, signal.SIGKILL)
os.waitpid(server, 0)
os.waitpid(worker, 0)
