"""The least for a WebSocket server with a thread for each session: uvicorn, msgspec and the models, no framework."""

import asyncio
import socket
import threading
from queue import SimpleQueue
from typing import Any

import msgspec
import uvicorn

from echo_env import EchoAction, EchoObservation
from echo_env.server.echo_environment import EchoEnvironment
from openenv.processes.parent_death import end_with_parent


class SessionThread(threading.Thread):
    """Answers one request after another."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(daemon=True)
        self._loop = loop
        self._requests: SimpleQueue[tuple[str, asyncio.Future[str]] | None] = SimpleQueue()

    def ask(self, text: str) -> asyncio.Future[str]:
        answer: asyncio.Future[str] = self._loop.create_future()
        self._requests.put((text, answer))
        return answer

    def end(self) -> None:
        self._requests.put(None)

    def run(self) -> None:
        environment = EchoEnvironment()
        while (request := self._requests.get()) is not None:
            text, answer = request
            reply = answer_to(environment, msgspec.json.decode(text)).decode()
            self._loop.call_soon_threadsafe(answer.set_result, reply)


def answer_to(environment: EchoEnvironment, request: dict[str, Any]) -> bytes:
    match request["type"]:
        case "reset":
            observation = environment.reset()
        case _:
            observation = environment.step(EchoAction.model_validate(request["data"]))
    return msgspec.json.encode({"type": "observation", "data": fields_of(observation)})


def fields_of(observation: EchoObservation) -> dict[str, Any]:
    fields = observation.model_dump()
    return {"observation": fields, "reward": fields.pop("reward"), "done": fields.pop("done")}


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    session = SessionThread(asyncio.get_running_loop())
    session.start()
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": await session.ask(message["text"])})
    session.end()


def main() -> None:
    end_with_parent()
    options: dict[str, Any] = {"ws": "websockets-sansio", "ws_ping_interval": None, "ws_per_message_deflate": False}
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        config = uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=1, **options)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
