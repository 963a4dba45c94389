"""The least for a WebSocket server whose environments run on its event loop: picows, a codec and the models, no
framework. What it serves is its argument: ``echo-json``, ``echo-msgpack`` or ``screens``. Prints its URL."""

import sys
from collections.abc import Callable

import msgspec
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

from benchmarks.floors.screen_messages import ScreenServer
from benchmarks.floors.websocket_server import answer_to, fields_of
from echo_env import EchoAction
from echo_env.server.echo_environment import EchoEnvironment
from openenv.processes.parent_death import end_with_parent

Answering = Callable[[bytes], bytes]


class Session(WSListener):  # type: ignore[misc]
    """One connection, and what answers it."""

    def __init__(self, answer: Answering) -> None:
        self._answer = answer

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
        else:
            transport.send(frame.msg_type, self._answer(frame.get_payload_as_bytes()))


def echo_json() -> Answering:
    environment = EchoEnvironment()
    decode = msgspec.json.Decoder().decode
    return lambda message: answer_to(environment, decode(message))


def echo_msgpack() -> Answering:
    environment = EchoEnvironment()
    decode, encode = msgspec.msgpack.Decoder().decode, msgspec.msgpack.Encoder().encode
    return lambda message: encode(fields_of(environment.step(EchoAction.model_validate(decode(message)))))


def screens() -> Answering:
    return ScreenServer().answer


SERVED = {"echo-json": echo_json, "echo-msgpack": echo_msgpack, "screens": screens}


async def main() -> None:
    """Serve until the parent ends."""
    answering = SERVED[sys.argv[1]]

    def session(request: WSUpgradeRequest) -> Session:
        return Session(answering())

    server = await ws_create_server(session, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    end_with_parent()
    uvloop.run(main())
