"""A client's session: requests out, the replies that belong to them in, whatever carries them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol

from openenv.client.resuming import Ticket
from openenv.client.transport import Colour, Limits, Transport, Unrepeatable
from openenv.errors import (
    ConnectionFailed,
    DeadlineExceeded,
    EnvironmentFactoryError,
    MessageTooLarge,
    ProtocolError,
    ServerError,
    SessionCrashed,
    SessionLost,
)
from openenv.processes.child import Process
from openenv.runtimes.endpoint import SocketEndpoint, UrlEndpoint
from openenv.wire.exchange import ClientExchange, client_exchange
from openenv.wire.frames import (
    ANSWERS,
    OPERATIONS,
    SUBPROTOCOL,
    Cancel,
    Close,
    Closed,
    Failure,
    Open,
    Opened,
    Request,
)

CHANNEL = 1
"""A client's connection carries one session."""

GRACE_S = 5.0
"""Seconds beyond its time that an environment has to answer by itself, and then to stop when it is interrupted."""

_ANSWER_S = 1.0
_LAST_WORD_S = 1.0


class ClientSession(Protocol):
    """An open session."""

    ended: Exception | None
    """Why no more calls will be answered."""

    @property
    def patience_s(self) -> float:
        """For how many seconds beyond a call's own time it is waited for."""
        ...

    def call(self, kind: type[Request], *fields: Any, within_s: float) -> Awaitable[Any]:
        """The reply to a request of this kind and these fields. The server's error is raised; DeadlineExceeded when
        no reply comes in time."""
        ...

    async def close(self) -> None:
        """End the session and its environment."""
        ...


class RemoteSession:
    """A session at the other end of a transport.

    Over v2 it outlives its connection: the client comes back on another one and repeats what was not answered. One in a
    process of this machine (``process``) is interrupted when it takes too long, and then ended.
    """

    def __init__(
        self,
        transport: Transport,
        exchange: ClientExchange,
        limits: Limits,
        colour: Colour,
        *,
        process: Process | None = None,
    ) -> None:
        self._transport = transport
        self._exchange = exchange
        self._limits = limits
        self._colour = colour
        self._lock = colour.lock()
        self._process = process
        self._ticket: Ticket | None = None
        self._ids = itertools.count(1)
        self.ended: Exception | None = None

    @property
    def patience_s(self) -> float:
        """Where the server keeps the deadline, it first interrupts what takes too long, and tells afterwards."""
        return GRACE_S if self._ticket is None else 2 * GRACE_S + _ANSWER_S

    @classmethod
    async def open(
        cls, endpoint: UrlEndpoint | SocketEndpoint, *, colour: Colour, limits: Limits, wire: str
    ) -> RemoteSession:
        """Connect, agree on the protocol, and open the session."""
        if isinstance(endpoint, SocketEndpoint):
            transport = await colour.connect_socket(endpoint)
        else:
            offered = [SUBPROTOCOL] if wire == "auto" else []
            transport = await colour.connect_url(endpoint, limits, offered)
        process = endpoint.child if isinstance(endpoint, SocketEndpoint) else None
        session = cls(transport, client_exchange(transport.subprotocol), limits, colour, process=process)
        try:
            if not session._exchange.counts_replies:  # v1 opens by connecting
                await session._open(endpoint, within_s=max(limits.connect_timeout_s, limits.message_timeout_s))
        except SessionCrashed as crash:
            await transport.close()
            if isinstance(endpoint, UrlEndpoint):
                raise
            raise EnvironmentFactoryError(endpoint.name, f"{endpoint.name} could not be created: {crash}") from crash
        except BaseException:
            await transport.close()
            raise
        return session

    async def _open(self, endpoint: UrlEndpoint | SocketEndpoint, *, within_s: float) -> None:
        opened: Opened = await self.call(Open, within_s=within_s)
        if isinstance(endpoint, UrlEndpoint) and opened.secret is not None:
            self._ticket = Ticket(endpoint, opened.session_id, opened.secret)

    def call(self, kind: type[Request], *fields: Any, within_s: float) -> Awaitable[Any]:
        """Send and wait; a late reply of an earlier request, which nobody waits for any more, is passed over."""
        id = next(self._ids)
        make: Callable[..., Request] = kind
        if self._ticket is not None and kind is not Close:  # what came before this one is not asked for again
            request = make(CHANNEL, id, *fields, id - 1)
        else:
            request = make(CHANNEL, id, *fields)
        message = self._exchange.encode(request)
        assert message is not None
        if (size := _size(message)) > self._limits.max_message_bytes:
            raise MessageTooLarge(size, max_size=self._limits.max_message_bytes)
        one_at_a_time = self._exchanged if self._lock is None else self._in_turn
        return one_at_a_time(request, message, within_s)

    async def _in_turn(self, request: Request, message: str | bytes, timeout_s: float) -> Any:
        assert self._lock is not None
        async with self._lock:
            return await self._exchanged(request, message, timeout_s)

    async def close(self) -> None:
        """Tell the server, wait for its answer for a bounded time, and hang up."""
        try:
            if self.ended is None:
                await self.call(Close, within_s=min(self._limits.message_timeout_s, 10.0))
        except (ConnectionFailed, ServerError, DeadlineExceeded):  # it has ended, which is all that is asked
            pass
        finally:
            await self._transport.close()

    async def _exchanged(self, request: Request, message: str | bytes, timeout_s: float) -> Any:
        self._refuse_if_ended()
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                return await self._exchanged_once(request, message, deadline)
            except TimeoutError as error:
                if isinstance(error, ServerError):
                    raise
                await self._give_up(request)
                raise DeadlineExceeded(OPERATIONS[type(request)], timeout_s=timeout_s) from error
            except SessionLost as lost:
                if self._ticket is None or isinstance(lost, (ServerError, Unrepeatable)) or self.ended is not None:
                    self.ended = lost
                    raise
                deadline += await self._resume(lost)
            except ConnectionFailed as error:
                self.ended = error
                raise
            except (Exception, GeneratorExit):
                raise
            except BaseException:  # an interrupt, or a task that is cancelled: nobody waits any more
                await self._cancel(request)
                raise

    async def _exchanged_once(self, request: Request, message: str | bytes, deadline: float) -> Any:
        try:
            self._transport.torn = self._exchange.counts_replies
            answered = self._exchange.expect(request)
            await self._transport.send(message, deadline - time.monotonic())
        except SessionLost as lost:
            raise await self._last_word(lost) from lost
        if not answered:
            await self._hung_up(deadline)
            return Closed(request.channel, request.id)
        while True:
            reply = self._exchange.receive(await self._transport.receive(deadline - time.monotonic()))
            self._transport.torn = False
            if reply.id == request.id and type(reply) is ANSWERS[type(request)]:
                return reply
            if isinstance(reply, Failure) and reply.id in (0, request.id):
                raise self._failed(reply)
            if reply.id == request.id:
                raise ProtocolError(f"the server answered {OPERATIONS[type(request)]} with {type(reply).__name__}")

    async def _resume(self, lost: SessionLost) -> float:
        """Come back on another connection; for how many seconds there was none."""
        assert self._ticket is not None
        began = time.monotonic()
        try:
            await self._transport.close()
            self._transport = await self._ticket.resume(lost, channel=CHANNEL, colour=self._colour, limits=self._limits)
        except SessionLost as error:
            self.ended = error
            raise
        return time.monotonic() - began

    async def _give_up(self, request: Request) -> None:
        """It takes too long. What runs here is interrupted, and ended when it does not stop."""
        if self._process is None:
            await self._cancel(request)
            return
        self._process.interrupt()
        deadline = time.monotonic() + GRACE_S
        try:
            while self._exchange.receive(await self._transport.receive(deadline - time.monotonic())).id != request.id:
                pass
        except TimeoutError:
            self._process.kill()
            word = OPERATIONS[type(request)]
            self.ended = SessionCrashed(f"the session was ended: its {word} did not stop when it was interrupted")
        except SessionLost as lost:
            self.ended = lost

    def _refuse_if_ended(self) -> None:
        if self._transport.torn and self.ended is None:
            self.ended = SessionLost("an interrupt came in the middle of an exchange with the server")
        if self.ended is not None:
            raise self.ended.with_traceback(None)

    async def _last_word(self, lost: SessionLost) -> Exception:
        """When the server has hung up, what it said before is the better reason."""
        try:
            while True:
                reply = self._exchange.receive(await self._transport.receive(_LAST_WORD_S))
                if isinstance(reply, Failure) and reply.error().fatal:
                    return self._failed(reply)
        except (ConnectionFailed, TimeoutError):
            return lost

    async def _hung_up(self, deadline: float) -> None:
        """Until the server ends the connection, as v1 answers a close."""
        try:
            while True:
                await self._transport.receive(deadline - time.monotonic())
        except SessionLost:
            pass

    async def _cancel(self, request: Request) -> None:
        if self._process is not None:
            self._process.interrupt()
            return
        message = self._exchange.encode(Cancel(request.channel, request.id))
        if message is not None:
            with suppress(TimeoutError, SessionLost):  # it is sent with the next message, which is told of a loss
                await self._transport.send(message, 0.0)

    def _failed(self, reply: Failure) -> ServerError:
        error = reply.error()
        if error.fatal:
            self.ended = error
        return error


def _size(message: str | bytes) -> int:
    """In bytes."""
    return len(message) if isinstance(message, bytes) or message.isascii() else len(message.encode())


async def open_session(endpoint: Any, *, colour: Colour, limits: Limits, wire: str) -> ClientSession:
    """A session of what a runtime has opened."""
    if isinstance(endpoint, (UrlEndpoint, SocketEndpoint)):
        return await RemoteSession.open(endpoint, colour=colour, limits=limits, wire=wire)
    session: ClientSession = await endpoint.open_session(colour)
    return session
