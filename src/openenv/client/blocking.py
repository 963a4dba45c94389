"""The blocking colour: socket pairs, and functions called where they stand."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from openenv.client.transport import Limits, OneThread, Transport
from openenv.processes.framing import MessageSocket
from openenv.runtimes.endpoint import SocketEndpoint, UrlEndpoint
from openenv.wire.exchange import Message
from openenv.wire.frames import SUBPROTOCOL

T = TypeVar("T")


class BlockingColour:
    """Everything happens in the caller's thread."""

    name = "blocking"
    is_over = False

    async def connect_url(self, endpoint: UrlEndpoint, limits: Limits, subprotocols: list[str]) -> Transport:
        """A WebSocket."""
        from openenv.client.blocking_websocket import BlockingWebSocket  # not needed for embedded environments

        return BlockingWebSocket.connect(endpoint, limits, subprotocols)

    async def connect_socket(self, endpoint: SocketEndpoint) -> Transport:
        """A socket pair's end."""
        return BlockingStream(endpoint)

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


class BlockingStream:
    """Framed messages over a socket pair."""

    subprotocol: str | None = SUBPROTOCOL
    torn = False

    def __init__(self, endpoint: SocketEndpoint) -> None:
        self._endpoint = endpoint
        self._messages = MessageSocket(endpoint.socket)

    async def send(self, message: Any, timeout_s: float) -> None:
        """Send a message."""
        try:
            self._messages.send(message, timeout_s)
        except TimeoutError:
            raise
        except OSError as error:
            raise self._endpoint.loss() from error

    async def receive(self, timeout_s: float) -> Message:
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

    async def close(self) -> None:
        """Hang up; the worker then ends."""
        self._messages.close()

    def let_go(self) -> None:
        """Hang up."""
        self._messages.close()
