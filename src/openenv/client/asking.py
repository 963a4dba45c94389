"""Asking: the requests of one session out, the replies that belong to them in, whatever carries them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, NoReturn

from openenv.client.outlasting import outlast
from openenv.client.resuming import Ticket, resume
from openenv.client.sessions import CHANNEL, GRACE_S, ON_ITS_WAY_S
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
from openenv.runtimes.endpoint import SocketEndpoint
from openenv.wire.exchange import ClientExchange, Message
from openenv.wire.frames import (
    ANSWERS,
    OPERATIONS,
    Cancel,
    Close,
    Closed,
    Failure,
    Fork,
    Reply,
    Request,
    Result,
    Step,
)

_NOTHING_MADE = (CapacityError, EnvironmentFactoryError, ServerDraining)
"""Fatal to the session that was to be made, and not to the one that was to be forked."""


class Asking:
    """Over v2 a session outlives its connection: with its ``ticket`` the client comes back on another one and repeats
    what was not answered. One in a process of this client's own (``worker``) is interrupted when it takes too long, and
    then ended.
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
        self._surely_within = limits.max_message_bytes // UTF8_BYTES
        """Up to this length a message is within the limit, whatever it holds."""
        self._colour = colour
        self._lock = colour.lock()
        self._worker = worker
        self._process = None if worker is None else worker.child
        self._ticket = ticket
        self._ids = itertools.count(1)
        self._was_interrupted = False
        self.ended: Exception | None = None

    def call(self, kind: type[Request], *fields: Any, within_s: float) -> Coroutine[Any, Any, Any]:
        """Send and wait; a late reply of an earlier request, which nobody waits for any more, is passed over."""
        id = next(self._ids)
        make: Callable[..., Request] = kind
        if self._ticket is not None and kind is not Close:  # what came before this one is not asked for again
            request = make(CHANNEL, id, *fields, id - 1)
        else:
            request = make(CHANNEL, id, *fields)
        message = self._encoded(request)
        return (self._exchanged if self._lock is None else self._in_turn)(request, message, within_s)

    def step(self, action: dict[str, Any], *, within_s: float) -> Result | Coroutine[Any, Any, Any]:
        """As ``call`` of ``Step``, with its reply at once where the transport can and nothing else is in the way."""
        transport, exchange = self._transport, self._exchange
        if transport.ask is None or exchange.counts_replies:
            return self.call(Step, action, None, within_s=within_s)
        if self._was_interrupted or self.ended is not None or transport.torn:
            return self.call(Step, action, None, within_s=within_s)
        id, deadline = next(self._ids), time.monotonic() + within_s
        request = Step(CHANNEL, id, action, None, id - 1)  # what came before this one is not asked for again
        message = self._encoded(request)
        rest: Coroutine[Any, Any, Any]
        try:
            reply = exchange.receive(transport.ask(message, within_s))
            transport.torn = False
        except BaseException as error:
            rest = self._raised(error, request)
        else:
            if type(reply) is Result and reply.id == id:
                return reply
            rest = self._answer(reply, request, deadline=deadline)
        return self._exchanged(request, message, within_s, begun=(rest, deadline))

    def _encoded(self, request: Request) -> Message:
        message = self._exchange.encode(request)
        if message is None:
            raise UnsupportedOperation(f"the server speaks protocol v1, which has no {OPERATIONS[type(request)]}")
        if len(message) > self._surely_within:
            check_size(message, self._limits.max_message_bytes)
        return message

    async def _in_turn(self, request: Request, message: Message, timeout_s: float) -> Any:
        assert self._lock is not None
        async with self._lock:
            return await self._exchanged(request, message, timeout_s)

    async def _exchanged(
        self,
        request: Request,
        message: Message,
        timeout_s: float,
        *,
        begun: tuple[Awaitable[Any], float] | None = None,
    ) -> Any:
        """The reply. ``begun`` is the rest of an exchange, and its deadline."""
        if begun is None and (self._transport.torn or self.ended is not None):
            self._refuse()
        rest, deadline = begun or (None, time.monotonic() + timeout_s)
        while True:
            try:
                exchanging, rest = rest or self._exchanged_once(request, message, deadline), None
                return await exchanging
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

    async def _exchanged_once(self, request: Request, message: Message, deadline: float) -> Any:
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
        return await self._answer(await self._next(deadline), request, deadline=deadline)

    async def _next(self, deadline: float) -> Reply:
        reply = self._exchange.receive(await self._transport.receive(deadline - time.monotonic()))
        self._transport.torn = False
        return reply

    async def _answer(self, reply: Reply, request: Request, *, deadline: float) -> Reply:
        """The reply to the request: this one, or one behind it."""
        while True:
            if reply.id == request.id and type(reply) is ANSWERS[type(request)]:
                return reply
            if isinstance(reply, Failure) and reply.id in (0, request.id):
                raise self._failed(reply, request)
            if reply.id == request.id:
                raise ProtocolError(f"the server answered {OPERATIONS[type(request)]} with {type(reply).__name__}")
            reply = await self._next(deadline)

    async def _raised(self, error: BaseException, request: Request) -> NoReturn:
        """What came of an exchange at once. A worker that is gone has said nothing else."""
        if isinstance(error, SessionLost) and self._worker is None:
            raise await self._last_word(request, error) from error
        raise error

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
