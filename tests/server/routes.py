"""An application with WebSocket routes beside ``/ws``."""

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

from openenv import create_app
from tests.server.environments import Counter

app: FastAPI = create_app(Counter)
ends: list[tuple[int, str]] = [(0, "")]


@app.websocket("/goodbye")
async def goodbye(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close(4001, "that is all")


@app.websocket("/refuse")
async def refuse(socket: WebSocket) -> None:
    await socket.close()


@app.websocket("/raise")
async def fail(socket: WebSocket) -> None:
    raise LookupError("before it was accepted")


@app.websocket("/listen")
async def listen(socket: WebSocket) -> None:
    await socket.accept()
    try:
        await socket.receive_text()
    except WebSocketDisconnect as end:
        ends.append((end.code, end.reason))


@app.websocket("/last")
async def last(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_json(ends[-1][0])
    await socket.close()
