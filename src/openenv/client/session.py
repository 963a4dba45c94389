"""A client's session: requests out, the replies that belong to them in, whatever carries them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext, suppress
from functools import partial
from typing import Any, NoReturn

from openenv.client.connecting import Connection
from openenv.client.outlasting import outlast
from openenv.client.resuming import Ticket, resume
from openenv.client.sessions import CHANNEL, GRACE_S, ON_ITS_WAY_S, SERVER_PATIENCE_S, ClientSession, all_or_none
from openenv.client.transport import UTF8_BYTES, Colour, Limits, Transport, Unrepeatable, check_size
from openenv.errors import (
    CapacityError,
    ConnectionFailed,
    DeadlineExceeded,
    EnvironmentFactoryError,
    ProtocolError,
    ServerDraining,
    ServerError,
    SessionCrashed,
    SessionLost,
    UnsupportedOperation,
)
from openenv.runtimes.endpoint import SocketEndpoint, UrlEndpoint
from openenv.wire.exchange import ClientExchange
from openenv.wire.frames import (
    ANSWERS,
    OPERATIONS,
    Cancel,
    Close,
    Closed,
    Failure,
    Fork,
    Forked,
    Open,
    Opened,
    Request,
)

_NOTHING_MADE = (CapacityError, EnvironmentFactoryError, ServerDraining)
"""Fatal to the session that was to be made, and not to the one that was to be forked."""


class RemoteSession:
    """A session at the other end of a transport.

    Over v2 it outlives its connection: with its ``ticket`` the client comes back on another one and repeats what was
    not answered. One in a process of this client's own (``worker``) is interrupted when it takes too long, and then
    ended.
    """

    def __init__(
        self,
        transport: Transport,
        exchange: ClientExchange,
        limits: Limits,
        colour: Colour,
        *,
        worker: SocketEndpoint | None = None,
        ticket: Ticket | None = None,
    ) -> None:
        self._transport = transport
        self._exchange = exchange
        self._limits = limits
        self._colour = colour
        self._lock = colour.lock()
        self._worker = worker
        self._process = None if worker is None else worker.child
        self._ticket = ticket
        self._ids = itertools.count(1)
        self._was_interrupted = False
        self.ended: Exception | None = None

    @property
    def patience_s(self) -> float:
        """More where a server keeps the deadline; on v1 none does."""
        return GRACE_S if self._ticket is None else SERVER_PATIENCE_S

    @classmethod
    async def open(
        cls, endpoint: UrlEndpoint | SocketEndpoint, *, colour: Colour, limits: Limits, wire: str
    ) -> RemoteSession:
        """Connect, agree on the protocol, and open the session."""
        connection = await Connection.make(endpoint, colour=colour, limits=limits, wire=wire)
        transport = connection.transport
        worker = endpoint if isinstance(endpoint, SocketEndpoint) else None
        session = cls(transport, connection.exchange, limits, colour, worker=worker)
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
        if message is None:
            raise UnsupportedOperation(f"the server speaks protocol v1, which has no {OPERATIONS[kind]}")
        if len(message) > self._limits.max_message_bytes // UTF8_BYTES:  # which the small ones need not be asked
            check_size(message, self._limits.max_message_bytes)
        return (self._exchanged if self._lock is None else self._in_turn)(request, message, within_s)

    async def _in_turn(self, request: Request, message: str | bytes, timeout_s: float) -> Any:
        assert self._lock is not None
        async with self._lock:
            return await self._exchanged(request, message, timeout_s)

    async def fork(self, count: int, *, reseed: bool, within_s: float) -> list[RemoteSession]:
        """Branches, each with a transport of its own."""
        with nullcontext() if self._process is None else self._process.branching():
            reply: Forked = await self.call(Fork, count, reseed, within_s=within_s)
            try:
                return await all_or_none(partial(self._branch, *known) for known in reply.sessions)
            except BaseException:
                if self._ticket is not None:  # the server keeps none for a client that does not come
                    await self._cancel(Fork(CHANNEL, reply.id, len(reply.sessions)))
                raise

    async def _branch(self, session_id: str, secret: str | None) -> RemoteSession:
        limits, colour = self._limits, self._colour
        if self._worker is not None:
            own = await colour.run(self._worker.branch, session_id)
            return RemoteSession(await colour.connect_socket(own), self._exchange, limits, colour, worker=own)
        assert self._ticket is not None
        ticket = Ticket(self._ticket.endpoint, session_id, secret or "")
        transport, _ = await resume({CHANNEL: ticket}, "the branch was made", colour=colour, limits=limits)
        return RemoteSession(transport, self._exchange, limits, colour, ticket=ticket)

    def let_go(self) -> None:
        """Hang up at once, without the event loop, which is closed."""
        self._transport.let_go()

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
        if self._transport.torn or self.ended is not None:
            self._refuse()
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
        if self._was_interrupted:
            await self._outlast(deadline)
        transport, exchange = self._transport, self._exchange
        answered = True
        try:
            if exchange.counts_replies:
                transport.torn = True
                answered = exchange.expect(request)
            await transport.send(message, deadline - time.monotonic())
        except SessionLost as lost:
            raise await self._last_word(request, lost) from lost
        if not answered:
            await self._hung_up(deadline)
            return Closed(request.channel, request.id)
        while True:
            reply = exchange.receive(await transport.receive(deadline - time.monotonic()))
            transport.torn = False
            if reply.id == request.id and type(reply) is ANSWERS[type(request)]:
                return reply
            if isinstance(reply, Failure) and reply.id in (0, request.id):
                raise self._failed(reply, request)
            if reply.id == request.id:
                raise ProtocolError(f"the server answered {OPERATIONS[type(request)]} with {type(reply).__name__}")

    async def _resume(self, lost: SessionLost) -> float:
        """Come back on another connection; for how many seconds there was none."""
        assert self._ticket is not None
        began = time.monotonic()
        try:
            await self._transport.close()
            tickets = {CHANNEL: self._ticket}
            self._transport, _ = await resume(tickets, str(lost), colour=self._colour, limits=self._limits)
        except SessionLost as error:
            self.ended = error
            raise
        return time.monotonic() - began

    async def _give_up(self, request: Request) -> None:
        """It takes too long. What runs here is interrupted, and ended when it does not stop."""
        await self._cancel(request)
        if self._process is None:
            return
        try:
            await self._outlast(time.monotonic() + GRACE_S)
        except TimeoutError:
            self._process.kill()
            word = OPERATIONS[type(request)]
            self.ended = SessionCrashed(f"the session was ended: its {word} did not stop when it was interrupted")
        except SessionLost as lost:
            self.ended = lost

    async def _outlast(self, deadline: float) -> None:
        """Wait for the end of what was interrupted."""
        assert self._process is not None
        await outlast(self._transport, self._exchange, process=self._process, id=next(self._ids), deadline=deadline)
        self._was_interrupted = False

    def _refuse(self) -> NoReturn:
        if self.ended is None:
            self.ended = SessionLost("an interrupt came in the middle of an exchange with the server")
        raise self.ended.with_traceback(None)

    async def _last_word(self, request: Request, lost: SessionLost) -> Exception:
        """When the server has hung up, what it said before is the better reason."""
        try:
            while True:
                reply = self._exchange.receive(await self._transport.receive(ON_ITS_WAY_S))
                if isinstance(reply, Failure) and reply.error().fatal:
                    return self._failed(reply, request)
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
            self._was_interrupted = True
            return
        message = self._exchange.encode(Cancel(request.channel, request.id))
        if message is not None:
            with suppress(TimeoutError, SessionLost):  # it is sent with the next message, which is told of a loss
                await self._transport.send(message, 0.0)

    def _failed(self, reply: Failure, request: Request) -> ServerError:
        error = reply.error()
        if error.fatal and not (isinstance(request, Fork) and isinstance(error, _NOTHING_MADE)):
            self.ended = error
        return error


async def open_session(endpoint: Any, *, colour: Colour, limits: Limits, wire: str) -> ClientSession:
    """A session of what a runtime has opened."""
    if isinstance(endpoint, (UrlEndpoint, SocketEndpoint)):
        return await RemoteSession.open(endpoint, colour=colour, limits=limits, wire=wire)
    session: ClientSession = await endpoint.open_session(colour)
    return session
