"""The least for a WebSocket server whose environments run on its event loop: an ASGI application for ``uvicorn``, JSON
and the models, no framework."""

from typing import Any

import msgspec

from benchmarks.floors.websocket_server import answer_to
from echo_env.server.echo_environment import EchoEnvironment
from openenv.processes.parent_death import end_with_parent

end_with_parent()


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    environment = EchoEnvironment()
    while (message := await receive())["type"] == "websocket.receive":
        answer = answer_to(environment, msgspec.json.decode(message["text"]))
        await send({"type": "websocket.send", "text": answer.decode()})
