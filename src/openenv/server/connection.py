"""A connection: requests in, replies out, for the sessions that a peer opens on it."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial

from openenv.errors import ServerError, SessionError
from openenv.server.carrier import Carrier
from openenv.sessions.pool import SessionPool
from openenv.sessions.session import Session
from openenv.wire.exchange import Message, ServerExchange
from openenv.wire.frames import Cancel, Close, Closed, Failure, FrameError, Open, Opened, Reply, Request

_WAITING = 64
"""Requests that may wait on one channel; then the peer waits."""


class Channel:
    """One session as this connection sees it: the request that it answers, and those that wait."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.waiting: deque[Request | Failure] = deque()
        self.answering: asyncio.Future[Reply] | None = None
        self.session: Session | None = None
        self.owned = False
        self.full = False


class Connection:
    """Carries any number of sessions. Each channel answers in order; channels do not wait for each other.

    A session that was opened here ends with the connection; one that was attached to does not.
    """

    def __init__(self, pool: SessionPool, exchange: ServerExchange, carrier: Carrier) -> None:
        self._pool = pool
        self._exchange = exchange
        self._carrier = carrier
        self._channels: dict[int, Channel] = {}
        self._over = False
        carrier.relieved = self._go_on

    def receive(self, message: Message) -> None:
        """Take one message."""
        try:
            request: Request | Failure = self._exchange.receive(message)
        except FrameError as error:
            request = error.reply
        if not isinstance(request, Cancel):
            self.put(request)

    def put(self, request: Request | Failure) -> None:
        """Hand a request, or what is wrong with a message, to its channel."""
        channel = self._channels.get(request.channel)
        if channel is None:
            channel = self._channels[request.channel] = Channel(request.channel)
        if channel.answering is None and not self._over and not self._carrier.congested:
            self._begin(channel, request)
            return
        channel.waiting.append(request)
        if len(channel.waiting) >= _WAITING and not channel.full:
            channel.full = True
            self._carrier.pause()

    async def close(self) -> None:
        """End the sessions that were opened here."""
        self._over = True
        for channel in self._channels.values():
            if channel.session is not None:
                channel.session.release()
        pending = [c.answering for c in self._channels.values() if c.answering is not None]
        for answering in pending:
            answering.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        owned = (c.session for c in self._channels.values() if c.session is not None and c.owned)
        await asyncio.gather(*(self._pool.close(session) for session in owned))

    def _go_on(self) -> None:
        """The peer reads again: begin what has waited for it."""
        for channel in list(self._channels.values()):
            if channel.answering is None and (following := self._next(channel)) is not None:
                self._begin(channel, following)

    def _begin(self, channel: Channel, request: Request | Failure) -> None:
        """Answer a request; what needs no waiting is answered at once, and the next one begun."""
        while (answer := _at_once(channel, request)) is not None:
            self._reply(answer)
            following = self._next(channel)
            if following is None:
                self._forget_unused(channel)
                return
            request = following
        assert not isinstance(request, Failure)
        channel.answering = self._answer(channel, request)
        channel.answering.add_done_callback(partial(self._answered, channel))

    def _answered(self, channel: Channel, answering: asyncio.Future[Reply]) -> None:
        channel.answering = None
        if answering.cancelled():
            return
        self._reply(answering.result())
        if (following := self._next(channel)) is not None:
            self._begin(channel, following)
        else:
            self._forget_unused(channel)

    def _forget_unused(self, channel: Channel) -> None:
        """A number without a session costs no memory, whatever numbers the peer thinks of."""
        if channel.session is None and not channel.waiting:
            self._channels.pop(channel.number, None)

    def _next(self, channel: Channel) -> Request | Failure | None:
        if self._over or self._carrier.congested or not channel.waiting:
            return None
        following = channel.waiting.popleft()
        if channel.full and len(channel.waiting) < _WAITING // 2:
            channel.full = False
            self._carrier.resume()
        return following

    def _reply(self, reply: Reply) -> None:
        message = self._exchange.send(reply)
        if message is not None:
            self._carrier.write(message)
        if self._exchange.ends_with(reply):
            self._over = True
            self._carrier.end()

    def _answer(self, channel: Channel, request: Request) -> asyncio.Future[Reply]:
        if isinstance(request, Open):
            return asyncio.ensure_future(self._open(channel, request))
        assert channel.session is not None
        if isinstance(request, Close):
            session, channel.session = channel.session, None
            return asyncio.ensure_future(self._close(session, request))
        return channel.session.call(request)

    async def _open(self, channel: Channel, request: Open) -> Reply:
        channel.owned = request.session_id is None
        try:
            session = await self._pool.open() if request.session_id is None else self._pool.get(request.session_id)
        except ServerError as error:
            return Failure.of(error, channel=request.channel, id=request.id)
        channel.session = session
        session.hold()
        return Opened(request.channel, request.id, session.id)

    async def _close(self, session: Session, request: Close) -> Reply:
        await self._pool.close(session)
        return Closed(request.channel, request.id)


def _at_once(channel: Channel, request: Request | Failure) -> Reply | None:
    """The reply that needs no waiting, if it is one."""
    if isinstance(request, Failure):
        return request
    if isinstance(request, Open) != (channel.session is None):
        if isinstance(request, Close):
            return Closed(request.channel, request.id)
        number = request.channel
        is_open = channel.session is not None
        error = SessionError(
            f"channel {number} is open already" if is_open else f"no session is open on channel {number}"
        )
        return Failure.of(error, channel=request.channel, id=request.id)
    return None
