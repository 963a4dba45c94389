"""The asynchronous colour: connections on the caller's event loop."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from openenv.client.addresses import extensions_for, is_loopback, websocket_url
from openenv.client.transport import YEAR_S, Inbox, Limits, OneThread, Transport, lost_websocket
from openenv.errors import ConnectionFailed, ServerUnreachable, SessionLost
from openenv.processes.framing import LENGTH, MAX_MESSAGE, framed
from openenv.runtimes.endpoint import SocketEndpoint, UrlEndpoint
from openenv.wire.exchange import Message, Received
from openenv.wire.frames import SUBPROTOCOL

T = TypeVar("T")


@dataclass(frozen=True)
class AsyncColour:
    """Everything happens on one event loop; what blocks goes to its thread pool."""

    loop: asyncio.AbstractEventLoop
    name = "asynchronous"

    @property
    def is_over(self) -> bool:
        """The loop is closed."""
        return self.loop.is_closed()

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
                proxy=None if is_loopback(url) else True,
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

    def inbox(self) -> Inbox:
        """A task listens to each."""
        return AsyncInbox()

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        """Call it in a thread."""
        return await asyncio.to_thread(function, *args)

    async def sleep(self, seconds: float) -> None:
        """Wait on the loop."""
        await asyncio.sleep(seconds)

    def thread(self) -> OneThread:
        """A thread of its own."""
        return ExecutorThread(self.loop)

    def lock(self) -> asyncio.Lock:
        """For the tasks of this loop."""
        return asyncio.Lock()


class AsyncInbox:
    """A task for each connection, as long as nothing has come from it."""

    def __init__(self) -> None:
        self._listening: dict[asyncio.Task[Received], Transport] = {}
        self.is_waiting = False

    def add(self, transport: Transport) -> None:
        """Listen to this one too."""
        self._listening[asyncio.ensure_future(_next_message(transport))] = transport

    def remove(self, transport: Transport) -> None:
        """Listen to it no more."""
        for task in [task for task, heard in self._listening.items() if heard is transport]:
            del self._listening[task]
            task.cancel()

    async def next(self, timeout_s: float) -> list[tuple[Transport, Received | ConnectionFailed]]:
        """What has come."""
        self.is_waiting = True
        if not self._listening:
            await asyncio.sleep(max(0.0, timeout_s))
            self.is_waiting = False
            return []
        done, _ = await asyncio.wait(self._listening, timeout=max(0.0, timeout_s), return_when=asyncio.FIRST_COMPLETED)
        self.is_waiting = False
        found: list[tuple[Transport, Received | ConnectionFailed]] = []
        for task in done:
            transport = self._listening.pop(task)
            try:
                found.append((transport, task.result()))
            except ConnectionFailed as lost:
                found.append((transport, lost))
            self.add(transport)
        return found

    def close(self) -> None:
        """Listen to nobody any more."""
        for transport in list(self._listening.values()):
            self.remove(transport)


async def _next_message(transport: Transport) -> Received:
    return await transport.receive(YEAR_S)


def running_colour() -> AsyncColour:
    """The colour of the running loop."""
    return AsyncColour(asyncio.get_running_loop())


class ExecutorThread:
    """A pool of one thread. A caller that is cancelled does not stop what runs there: the next one waits for it."""

    is_callers = False

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._executor = ThreadPoolExecutor(1, "openenv-environment")

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        """Call a function there."""
        return await self._loop.run_in_executor(self._executor, function, *args)

    def close(self, last: Callable[[], object] | None = None) -> None:
        """End the thread, behind what it was given."""
        if last is not None:
            self._executor.submit(last)
        self._executor.shutdown(wait=False)


class AsyncWebSocket:
    """The websockets library's connection; it answers pings by itself."""

    torn = False
    ask = None

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._unsent: deque[Message] = deque()
        self.subprotocol: str | None = connection.subprotocol

    async def send(self, message: Message, timeout_s: float) -> None:
        """Send a message. What a timeout or a cancellation leaves is in the library's buffer."""
        self._unsent.append(message)
        self.torn = False
        try:
            async with asyncio.timeout(timeout_s):
                while self._unsent:
                    await self._connection.send(self._unsent.popleft())
        except ConnectionClosed as error:
            raise lost_websocket(error) from error

    async def receive(self, timeout_s: float) -> Message:
        """The next message."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._connection.recv()
        except ConnectionClosed as error:
            raise lost_websocket(error) from error

    async def close(self) -> None:
        """Say goodbye and hang up."""
        await self._connection.close()

    def let_go(self) -> None:
        """Hang up."""
        _hang_up(self._connection.transport.get_extra_info("socket"))


class AsyncStream:
    """Framed messages over a socket pair."""

    subprotocol: str | None = SUBPROTOCOL
    torn = False
    ask = None

    def __init__(self, endpoint: SocketEndpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._endpoint = endpoint
        self._reader = reader
        self._writer = writer
        self._length: int | None = None

    async def send(self, message: Any, timeout_s: float) -> None:
        """Send a message. What a timeout or a cancellation leaves is in the loop's buffer."""
        self._writer.write(framed(message))
        try:
            async with asyncio.timeout(timeout_s):
                await self._writer.drain()
        except TimeoutError:
            raise
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
        """Hang up, also where a forked process holds the socket too; the worker then ends."""
        self._writer.close()
        _hang_up(self._endpoint.socket)
        self._endpoint.shelf.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    def let_go(self) -> None:
        """Hang up."""
        _hang_up(self._endpoint.socket)
        self._endpoint.socket.close()
        self._endpoint.shelf.close()

    async def _loss(self) -> SessionLost:
        return await asyncio.to_thread(self._endpoint.loss)


def _hang_up(sock: Any) -> None:
    """For every process that has the socket; what holds it here closes it."""
    with suppress(OSError):  # it was gone already
        sock.shutdown(socket.SHUT_RDWR)
