"""The asynchronous colour: connections on the caller's event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from openenv.client.addresses import extensions_for, websocket_url
from openenv.client.transport import Limits, Transport
from openenv.errors import ServerUnreachable, SessionLost
from openenv.processes.framing import LENGTH, MAX_MESSAGE, framed
from openenv.runtimes.endpoint import SocketEndpoint, UrlEndpoint
from openenv.wire.exchange import Message
from openenv.wire.frames import SUBPROTOCOL

T = TypeVar("T")


class AsyncColour:
    """Everything happens on the running event loop; what blocks goes to its thread pool."""

    name = "asynchronous"

    async def connect_url(self, endpoint: UrlEndpoint, limits: Limits, subprotocols: list[str]) -> Transport:
        """A WebSocket."""
        url = websocket_url(endpoint.url)
        try:
            connection = await connect(
                url,
                subprotocols=[Subprotocol(name) for name in subprotocols] or None,
                compression=None,
                extensions=extensions_for(url),
                additional_headers=endpoint.headers,
                open_timeout=limits.connect_timeout_s,
                ping_interval=limits.ping_interval_s,
                ping_timeout=limits.ping_timeout_s,
                max_size=limits.max_message_bytes,
            )
        except (OSError, WebSocketException) as error:
            raise ServerUnreachable(f"no environment server answers at {url}: {error}") from error
        return AsyncWebSocket(connection)

    async def connect_socket(self, endpoint: SocketEndpoint) -> Transport:
        """A socket pair's end."""
        endpoint.socket.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=endpoint.socket, limit=1 << 20)
        return AsyncStream(endpoint, reader, writer)

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        """Call it in a thread."""
        return await asyncio.to_thread(function, *args)


class _OneAtATime:
    """One call at a time on a connection."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> Any:
        await self._lock.acquire()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()


class AsyncWebSocket(_OneAtATime):
    """The websockets library's connection; it answers pings by itself."""

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__()
        self._connection = connection
        self.subprotocol: str | None = connection.subprotocol

    async def send(self, message: Message) -> None:
        """Send a message."""
        try:
            await self._connection.send(message)
        except ConnectionClosed as error:
            raise SessionLost(f"the connection to the server ended: {error}") from error

    async def receive(self, timeout_s: float) -> Message:
        """The next message."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._connection.recv()
        except ConnectionClosed as error:
            raise SessionLost(f"the connection to the server ended: {error}") from error

    async def close(self) -> None:
        """Say goodbye and hang up."""
        await self._connection.close()


class AsyncStream(_OneAtATime):
    """Framed messages over a socket pair."""

    subprotocol: str | None = SUBPROTOCOL

    def __init__(self, endpoint: SocketEndpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__()
        self._endpoint = endpoint
        self._reader = reader
        self._writer = writer
        self._length: int | None = None

    async def send(self, message: Message) -> None:
        """Send a message."""
        assert isinstance(message, bytes)
        try:
            self._writer.write(framed(message))
            await self._writer.drain()
        except OSError as error:
            raise await self._loss() from error

    async def receive(self, timeout_s: float) -> Message:
        """The next message. One that a timeout cut in two is read on by the next call."""
        try:
            async with asyncio.timeout(timeout_s):
                if self._length is None:
                    (self._length,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
                    if self._length > MAX_MESSAGE:
                        raise SessionLost("the worker announced a message over the limit")
                message = await self._reader.readexactly(self._length)
        except TimeoutError:
            raise
        except (OSError, asyncio.IncompleteReadError) as error:
            raise await self._loss() from error
        self._length = None
        return message

    async def close(self) -> None:
        """Hang up; the worker then ends."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except OSError:  # it was gone already
            pass

    async def _loss(self) -> SessionLost:
        return await asyncio.to_thread(self._endpoint.loss)
