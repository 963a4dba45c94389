"""What a client asks of the outside world: connections that carry whole messages, in one of two colours.

The client is written once, as coroutines. In the asynchronous colour they suspend as usual; in the blocking colour
nothing that they await ever suspends, so that ``Usage.drive`` runs them to their end without an event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol, TypeVar

from openenv.errors import ConnectionFailed, MessageTooLarge, SessionLost
from openenv.runtimes.endpoint import SocketEndpoint, UrlEndpoint
from openenv.wire.exchange import Message, Received
from openenv.wire.frames import MAX_BRANCHES

T = TypeVar("T")

YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True)
class Limits:
    """Times in seconds and sizes in bytes that bound what a client waits for and accepts."""

    connect_timeout_s: float = 10.0
    message_timeout_s: float = 60.0
    max_message_bytes: int = 100 * 2**20
    ping_interval_s: float | None = 20.0
    ping_timeout_s: float | None = 20.0
    reconnect_timeout_s: float = 30.0

    def __post_init__(self) -> None:
        for name in ("connect_timeout_s", "message_timeout_s", "reconnect_timeout_s"):
            check_seconds(name, getattr(self, name))


class Unrepeatable(SessionLost):
    """The connection ended because of what was sent on it, and would end so again."""


_TOO_BIG = 1009
_BECAUSE_OF_A_MESSAGE = frozenset((1002, 1003, 1007, 1008, _TOO_BIG))
"""Close codes (RFC 6455, 7.4.1) that refuse a message: a breach of the protocol or a policy, a size over the limit."""


def lost_websocket(reason: Any) -> SessionLost:
    """How a WebSocket ended, from the websockets library's ConnectionClosed."""
    text = f"the connection to the server ended: {reason}"
    sent, received = (getattr(reason, name, None) for name in ("sent", "rcvd"))
    if sent is not None and sent.code == _TOO_BIG and not reason.rcvd_then_sent:
        text = f"the server's message is over this client's limit, raise max_message_size_mb: {reason}"
    refused = any(frame is not None and frame.code in _BECAUSE_OF_A_MESSAGE for frame in (sent, received))
    return Unrepeatable(text) if refused else SessionLost(text)


def check_branches(count: int) -> None:
    """ValueError unless so many sessions may be asked for at once."""
    if type(count) is not int or not 1 <= count <= MAX_BRANCHES:
        raise ValueError(f"a session is forked into 1 to {MAX_BRANCHES:,} others, not {count!r}")


def check_seconds(name: str, value: float) -> None:
    """ValueError unless it is a time that can be waited for."""
    if not 0 <= value <= YEAR_S:
        raise ValueError(f"{name} is a number of seconds from 0 to a year ({YEAR_S:,}), not {value!r}")


UTF8_BYTES = 4
"""The most that a character of a text takes."""


def check_size(message: Message, max_size: int) -> None:
    """MessageTooLarge when the message takes more bytes."""
    size = len(message) if isinstance(message, bytes) or message.isascii() else len(message.encode())
    if size > max_size:
        raise MessageTooLarge(size, max_size=max_size)


class Transport(Protocol):
    """One connection, for one call at a time."""

    subprotocol: str | None
    torn: bool
    """Set while something is done that must not be cut in two. Where it is still set at the next call, a signal handler
    that raised (Ctrl-C) has cut it, and what the connection carries is no longer known."""

    @property
    def ask(self) -> Callable[[Message, float], Received] | None:
        """In the blocking colour: send a message, and return the next one, within so many seconds. What either raises
        is raised."""
        ...

    async def send(self, message: Message, timeout_s: float) -> None:
        """Send a whole message; nothing is ``torn`` any more once it is taken. SessionLost when the connection is gone.

        TimeoutError when the peer does not take all of it in time; the rest is sent before the next message.
        """
        ...

    async def receive(self, timeout_s: float) -> Received:
        """The next whole message. TimeoutError when none comes in time; SessionLost when the connection is gone."""
        ...

    async def close(self) -> None:
        """End the connection; it may be called again."""
        ...

    def let_go(self) -> None:
        """End it at once, where the event loop is closed."""
        ...


class Inbox(Protocol):
    """Several connections that are listened to at once."""

    is_waiting: bool
    """Nothing has been taken from any of them: what cuts ``next`` short now does no harm."""

    def add(self, transport: Any) -> None:
        """Listen to this one too."""
        ...

    def remove(self, transport: Any) -> None:
        """Listen to it no more; what it has received already may be lost."""
        ...

    async def next(self, timeout_s: float) -> list[tuple[Any, Received | ConnectionFailed]]:
        """What has come, from each at most one message, or that its connection is gone; nothing when it takes too
        long."""
        ...

    def close(self) -> None:
        """Listen to nobody any more."""
        ...


class OneThread(Protocol):
    """One thread that calls functions."""

    is_callers: bool
    """It is the thread of who asks, which calls them where it stands."""

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        """Call a function there."""
        ...

    def close(self, last: Callable[[], object] | None = None) -> None:
        """End the thread, when what it runs has returned, and ``last`` behind it."""
        ...


class Colour(Protocol):
    """Blocking or asynchronous: how connections are made and how blocking functions are run."""

    name: str

    @property
    def is_over(self) -> bool:
        """Nothing can be awaited in it any more."""
        ...

    async def connect_url(self, endpoint: UrlEndpoint, limits: Limits, subprotocols: list[str]) -> Transport:
        """A WebSocket. ServerUnreachable when nobody answers, or something else than such a server."""
        ...

    async def connect_socket(self, endpoint: SocketEndpoint) -> Transport:
        """A socket pair's end."""
        ...

    def inbox(self) -> Inbox:
        """For this colour's connections."""
        ...

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        """Call a function that blocks."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def thread(self) -> OneThread:
        """A place for functions that block and have to run in one thread, one after the other."""
        ...

    def lock(self) -> AbstractAsyncContextManager[Any] | None:
        """A lock for those who call at the same time in this colour; None where there can be no two."""
        ...


def refuse_to_suspend(coroutine: Coroutine[Any, Any, Any]) -> NoReturn:
    """RuntimeError: a coroutine of the blocking colour awaits something that suspends."""
    coroutine.close()
    raise RuntimeError(
        "a method of this client awaits something that needs an event loop, such as asyncio.sleep; "
        "use the asynchronous client for it"
    )
