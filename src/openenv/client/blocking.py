"""The blocking colour: socket pairs, and functions called where they stand."""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import Any, Protocol, TypeVar

from openenv.client.transport import Inbox, Limits, OneThread, Transport
from openenv.errors import ConnectionFailed
from openenv.processes.framing import MessageSocket
from openenv.runtimes.endpoint import SocketEndpoint, UrlEndpoint
from openenv.wire.exchange import Received
from openenv.wire.frames import SUBPROTOCOL

T = TypeVar("T")

_REST_S = 0.05
"""For which the rest of a message is waited for that has begun to arrive."""


class BlockingColour:
    """Everything happens in the caller's thread."""

    name = "blocking"
    is_over = False
    is_callers = True

    async def connect_url(self, endpoint: UrlEndpoint, limits: Limits, subprotocols: list[str]) -> Transport:
        """A WebSocket."""
        from openenv.client.blocking_websocket import BlockingWebSocket  # not needed for embedded environments

        return BlockingWebSocket.connect(endpoint, limits, subprotocols)

    async def connect_socket(self, endpoint: SocketEndpoint) -> Transport:
        """A socket pair's end."""
        return BlockingStream(endpoint)

    def inbox(self) -> Inbox:
        """They are polled."""
        return BlockingInbox()

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        """Call it."""
        return function(*args)

    async def sleep(self, seconds: float) -> None:
        """Wait here."""
        time.sleep(seconds)  # noqa: ASYNC251  # that is this colour

    def thread(self) -> OneThread:
        """The caller's."""
        return self

    def lock(self) -> None:
        """The client lets one thread in at a time."""

    def close(self, last: Callable[[], object] | None = None) -> None:
        """The caller's thread goes on."""
        if last is not None:
            last()


class Polled(Transport, Protocol):
    """A connection of this colour."""

    @property
    def has_more(self) -> bool:
        """Something has been read that no call has returned."""
        ...

    def fileno(self) -> int:
        """What shows that there is something to read; negative where only ``has_more`` does."""
        ...

    def reading(self) -> AbstractContextManager[Any] | None:
        """Within it nobody else reads; None where nobody else does."""
        ...


class BlockingInbox:
    """Waits for all with one system call."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._transports: list[Polled] = []
        self.is_waiting = False

    def add(self, transport: Polled) -> None:
        """Listen to this one too."""
        self._transports.append(transport)
        if transport.fileno() >= 0:
            self._selector.register(transport.fileno(), selectors.EVENT_READ, transport)

    def remove(self, transport: Polled) -> None:
        """Listen to it no more; before it is closed."""
        with suppress(ValueError, KeyError):  # an interrupt came when it was added
            self._transports.remove(transport)
            if transport.fileno() >= 0:
                self._selector.unregister(transport.fileno())

    def close(self) -> None:
        """Listen to nobody any more."""
        self._selector.close()

    async def next(self, timeout_s: float) -> list[tuple[Polled, Received | ConnectionFailed]]:
        """What has come."""
        with ExitStack() as stack:
            for transport in self._transports:
                if (reading := transport.reading()) is not None:
                    stack.enter_context(reading)
            ready = [transport for transport in self._transports if transport.has_more]
            if not ready:
                self.is_waiting = True
                chosen = self._selector.select(max(0.0, timeout_s))
                self.is_waiting = False
                ready = [key.data for key, _ in chosen]
            found: list[tuple[Polled, Received | ConnectionFailed]] = []
            for transport in ready:
                self.is_waiting = not found and transport.fileno() < 0  # an environment of this process works then
                try:
                    message = await transport.receive(_REST_S)
                    self.is_waiting = False
                    found.append((transport, message))
                except ConnectionFailed as lost:
                    found.append((transport, lost))
                except TimeoutError:  # of a message whose end is still on its way
                    pass
            return found


class BlockingStream:
    """Framed messages over a socket pair."""

    subprotocol: str | None = SUBPROTOCOL
    torn = False

    def __init__(self, endpoint: SocketEndpoint) -> None:
        self._endpoint = endpoint
        self._messages = MessageSocket(endpoint.socket, reads_while_it_writes=True)

    def ask(self, message: Any, timeout_s: float) -> Received:
        """Send a message and take the next one."""
        messages = self._messages
        try:
            left_s = timeout_s - messages.send(message, timeout_s)
            if left_s <= 0:  # which would wait for ever
                raise TimeoutError
            answer = messages.receive(left_s)
        except TimeoutError:
            raise
        except OSError as error:
            raise self._endpoint.loss() from error
        if answer is None:
            raise self._endpoint.loss()
        return answer

    async def send(self, message: Any, timeout_s: float) -> None:
        """Send a message."""
        try:
            self._messages.send(message, timeout_s)
        except TimeoutError:
            raise
        except OSError as error:
            raise self._endpoint.loss() from error

    async def receive(self, timeout_s: float) -> Received:
        """The next message."""
        if timeout_s <= 0:
            raise TimeoutError
        try:
            message = self._messages.receive(timeout_s)
        except TimeoutError:
            raise
        except OSError as error:
            raise self._endpoint.loss() from error
        if message is None:
            raise self._endpoint.loss()
        return message

    @property
    def has_more(self) -> bool:
        """Something has been read that no call has returned."""
        return self._messages.has_more

    def fileno(self) -> int:
        """The socket's."""
        return self._endpoint.socket.fileno()

    def reading(self) -> None:
        """Nobody else does."""

    async def close(self) -> None:
        """Hang up; the worker then ends."""
        self.let_go()

    def let_go(self) -> None:
        """Hang up."""
        self._messages.close()
        self._endpoint.shelf.close()
