"""``PicowsProtocol``: picows' WebSocket framing as uvicorn's WebSocket class.

The handshake is ASGI's, so that middleware sees it. After it, an application that knows the ASGI extension
``openenv.direct`` (see ``carrier``) gets messages without a coroutine per message; any other uses ``receive`` and
``send`` as ever. ``serving`` chooses this class; nothing else knows it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast

from picows import WSCloseCode, WSMsgType, WSTransport
from picows.common import WSUpgradeRequest, WSUpgradeResponse, WSUpgradeResponseWithListener
from picows.picows import WSAutoPingStrategy, WSProtocol  # type: ignore[attr-defined]
from uvicorn.config import Config
from uvicorn.server import ServerState

from openenv.server.carrier import DIRECT
from openenv.server.closing import CLOSE_TIMEOUT_S, PatientTransport
from openenv.server.picows_handshake import OUR_VERSION, feed, handshake
from openenv.server.picows_listener import MessageListener
from openenv.server.scope import scope_of
from openenv.wire.exchange import Message

logger = logging.getLogger("openenv.server")
_frame_logger = logging.getLogger("picows.openenv")
_frame_logger.setLevel(logging.ERROR)

_TEXT, _BINARY = WSMsgType.TEXT, WSMsgType.BINARY
_READ_BUFFER = 4 * 1024
_SHUTDOWN_S = 0.5
"""Seconds that peers have to hang up when the server ends; less than uvicorn waits (``timeout_graceful_shutdown``)."""

_MAX_REASON = 123
"""Bytes of a close frame's reason (RFC 6455, 5.5)."""


class PicowsProtocol(asyncio.Protocol):
    """One connection: uvicorn hands it the request for an upgrade.

    Behind our Close what comes is discarded, until the peer's Close or for ``close_timeout_s`` (RFC 6455, 7.1).
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        *,
        close_timeout_s: float = CLOSE_TIMEOUT_S,
    ) -> None:
        self._config = config
        self._state = server_state
        self._app_state = app_state
        self._loop = asyncio.get_running_loop()
        self._head = b""
        self._peer: WSTransport | None = None
        self._queue: asyncio.Queue[dict[str, Any]] | None = asyncio.Queue()  # unless it is connected directly
        self.deliver: Callable[[Message], None] = self._enqueue
        self._holds = 0
        self._over = False
        self._close_timeout_s = close_timeout_s
        self.relieved: Callable[[], None] = lambda: None
        self.closed = asyncio.Event()
        self.congested = False
        self._writable = asyncio.Event()
        self._writable.set()

    # What asyncio and uvicorn call.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Uvicorn's HTTP protocol passes its transport on."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one by its methods only
        self._patient = PatientTransport(self._transport, closing=self._closing, timeout_s=self._close_timeout_s)
        self._state.connections.add(self)  # type: ignore[arg-type]  # uvicorn's own classes are named there

    def data_received(self, data: bytes) -> None:
        """The upgrade request; the application decides about it. What comes behind the end is discarded."""
        if self._over:
            self._patient.heard()
            return
        first, self._head = not self._head, self._head + data
        if first and not OUR_VERSION.search(data):
            self._refuse(HTTPStatus.UPGRADE_REQUIRED, "Sec-WebSocket-Version: 13")
        elif first:
            scope = scope_of(data, self._transport, self._config, self._app_state)
            scope["extensions"] = {DIRECT: self}
            task = self._loop.create_task(self._run(scope))
            self._state.tasks.add(task)
            task.add_done_callback(self._finished)

    def connection_lost(self, error: Exception | None) -> None:
        """The peer hung up before it was accepted, or in the end."""
        self.disconnected()

    def shutdown(self) -> None:
        """The server ends."""
        self._hang_up(1012)
        self._patient.read_on(_SHUTDOWN_S)

    # What the listener calls.

    def upgraded(self, peer: WSTransport) -> None:
        """Frames flow from now on."""
        self._peer = peer

    def choked(self) -> None:
        """The peer does not read: until it does, nothing is read from it either."""
        self.congested = True
        self._writable.clear()
        self.pause()

    def flowing(self) -> None:
        """It reads again."""
        self.congested = False
        self._writable.set()
        self.resume()
        self.relieved()

    def disconnected(self) -> None:
        """The connection is gone."""
        self._leave()
        self._state.connections.discard(self)
        self._patient.closed()

    # The carrier: what an application that is connected directly calls.

    def start(self, deliver: Callable[[Message], None]) -> None:
        """Call this with every message from now on, also with those that have come."""
        self.deliver = deliver
        queue, self._queue = self._queue, None
        while queue is not None and not queue.empty():
            event = queue.get_nowait()
            if event["type"] == "websocket.receive":
                deliver(_message_of(event))
                self.resume()

    def write(self, message: Message) -> None:
        """Send a message; nothing happens when the peer is gone."""
        if self._peer is not None and not self._over:
            self._peer.send(_TEXT if isinstance(message, str) else _BINARY, message)

    def pause(self) -> None:
        """Read nothing more, until ``resume`` has been called as often."""
        self._holds += 1
        if self._holds == 1 and not self._over:
            self._transport.pause_reading()

    def resume(self) -> None:
        """The reason for one ``pause`` is gone."""
        self._holds -= 1
        if self._holds == 0 and not self._over:
            self._transport.resume_reading()

    def end(self) -> None:
        """Close with 1000."""
        self._hang_up(1000)

    # ASGI.

    async def _run(self, scope: dict[str, Any]) -> None:
        self._tell({"type": "websocket.connect"})
        await self._config.loaded_app(scope, self._receive, self._send)

    def _finished(self, running: asyncio.Task[None]) -> None:
        """The application has returned, or raised, which is no reason for the server to end."""
        self._state.tasks.discard(running)
        raised = None if running.cancelled() else running.exception()
        gone = raised is None or isinstance(raised, ConnectionError)
        if not gone:
            logger.error("the application raised", exc_info=raised)
        if self._peer is None:  # it has not said what it thinks of the request
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR)
        else:
            self._hang_up(1000 if gone else 1011)

    async def _receive(self) -> dict[str, Any]:
        assert self._queue is not None
        event = await self._queue.get()
        if event["type"] == "websocket.receive":
            self.resume()
        return event

    async def _send(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "websocket.accept":
                self._accept(event)
            case "websocket.close" if self._peer is None:
                self._refuse(HTTPStatus.FORBIDDEN)
            case "websocket.close":
                self._hang_up(event.get("code", 1000), event.get("reason") or "")
            case "websocket.send":
                await self._writable.wait()
                self.write(_message_of(event))

    def _enqueue(self, message: Message) -> None:
        """For an application that asks for each message: nothing more is read until it has asked for this one."""
        kind = "text" if isinstance(message, str) else "bytes"
        self._tell({"type": "websocket.receive", kind: message})
        self.pause()

    def _tell(self, event: dict[str, Any]) -> None:
        if self._queue is not None:
            self._queue.put_nowait(event)

    def _accept(self, event: dict[str, Any]) -> None:
        """Let picows answer the upgrade request, and everything after it."""
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in event.get("headers") or ()]
        if event.get("subprotocol"):
            headers.append(("Sec-WebSocket-Protocol", event["subprotocol"]))
        max_size = self._config.ws_max_size

        def listener(request: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
            response = WSUpgradeResponse.create_101_response(extra_headers=headers)
            return WSUpgradeResponseWithListener(response, MessageListener(self, max_size))

        protocol = WSProtocol(
            None, None, False, listener, _frame_logger, True, None, False, 0, 0,
            WSAutoPingStrategy.PING_WHEN_IDLE, True, max_size, None, _READ_BUFFER,
        )  # fmt: skip  # it takes no keywords
        if self._over or self._transport.is_closing():
            raise ConnectionAbortedError("the peer has hung up")
        protocol.connection_made(self._patient)
        self._transport.set_protocol(protocol)
        feed(protocol, handshake(self._head))
        if self._peer is None:  # picows has refused the request
            self._leave()
            raise ConnectionAbortedError("the request is no valid upgrade")

    def _refuse(self, status: HTTPStatus, *headers: str) -> None:
        if self._over or self._transport.is_closing():
            return
        first = f"HTTP/1.1 {status.value} {status.phrase}"
        lines = (first, *headers, "Content-Length: 0", "Connection: close", "", "")
        self._transport.write("\r\n".join(lines).encode())
        self._patient.close()

    def _hang_up(self, code: int, reason: str = "") -> None:
        if self._over or self._transport.is_closing():
            return
        if self._peer is None:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            self._peer.send_close(cast("WSCloseCode", code), _cut(reason))
            self._leave()
            self._patient.read_on()

    def _leave(self) -> None:
        """The application is told that the connection is over; it needs not wait for the peer."""
        if not self._over:
            self._over = True
            self._tell({"type": "websocket.disconnect", "code": self._code(), "reason": ""})
            self.congested = False
            self._writable.set()
            self.closed.set()

    def _closing(self) -> bool:
        """Discard what comes from now on. Whether the peer has said Close, or has nothing to say yet."""
        self._leave()
        self._transport.set_protocol(self)
        return self._peer is None or self._peer.close_handshake.recv is not None

    def _code(self) -> int:
        """What the peer said, or what it was told; 1005 for no code, 1006 for not even goodbye."""
        handshake = None if self._peer is None else self._peer.close_handshake
        close = handshake and (handshake.recv or handshake.sent)
        return int(cast("int", close.code)) or 1005 if close else 1006


def _cut(reason: str) -> bytes:
    """At most as many bytes as a close frame holds, whole characters."""
    return reason.encode()[:_MAX_REASON].decode(errors="ignore").encode()


def _message_of(event: dict[str, Any]) -> Message:
    text: str | None = event.get("text")
    message: Message = event["bytes"] if text is None else text
    return message
