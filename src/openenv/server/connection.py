"""A connection: requests in, replies out, for the sessions that a peer opens on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from openenv.errors import ServerError, SessionError
from openenv.sessions.pool import SessionPool
from openenv.sessions.session import Session
from openenv.wire.exchange import Message, ServerExchange
from openenv.wire.frames import Cancel, Close, Closed, Failure, FrameError, Open, Opened, Reply, Request

_MAILBOX = 64
"""Requests that may wait on one channel; then the peer waits."""


class Channel:
    """One session as this connection sees it, and the requests that wait for it."""

    def __init__(self) -> None:
        self.mailbox: asyncio.Queue[Request | Failure] = asyncio.Queue(_MAILBOX)
        self.session: Session | None = None
        self.owned = False


class Connection:
    """Carries any number of sessions. Each channel answers in order; channels do not wait for each other.

    A session that was opened here ends with the connection; one that was attached to does not.
    """

    def __init__(
        self, pool: SessionPool, exchange: ServerExchange, send: Callable[[Message], Awaitable[None]]
    ) -> None:
        self._pool = pool
        self._exchange = exchange
        self._send = send
        self._channels: dict[int, Channel] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self.over = asyncio.Event()

    async def receive(self, message: Message) -> None:
        """Take one message; waits while its channel has too many."""
        try:
            request: Request | Failure = self._exchange.receive(message)
        except FrameError as error:
            request = error.reply
        if not isinstance(request, Cancel):
            await self.put(request)

    async def put(self, request: Request | Failure) -> None:
        """Hand a request, or what is wrong with a message, to its channel."""
        channel = self._channels.get(request.channel)
        if channel is None:
            channel = self._channels[request.channel] = Channel()
            self._tasks[request.channel] = asyncio.create_task(self._serve(channel))
        await channel.mailbox.put(request)

    async def close(self) -> None:
        """End the sessions that were opened here."""
        for channel in self._channels.values():
            if channel.session is not None:
                channel.session.release()
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        owned = (c.session for c in self._channels.values() if c.session is not None and c.owned)
        await asyncio.gather(*(self._pool.close(session) for session in owned))

    async def _serve(self, channel: Channel) -> None:
        while not self.over.is_set():
            request = await channel.mailbox.get()
            reply = request if isinstance(request, Failure) else await self._answer(channel, request)
            message = self._exchange.send(reply)
            if message is not None:
                await self._send(message)
            if self._exchange.ends_with(reply):
                self.over.set()

    async def _answer(self, channel: Channel, request: Request) -> Reply:
        try:
            match request:
                case Open():
                    return await self._open(channel, request)
                case Close():
                    return await self._close(channel, request)
            if channel.session is None:
                raise SessionError(f"no session is open on channel {request.channel}")
            return await channel.session.call(request)
        except ServerError as error:
            return Failure.of(error, channel=request.channel, id=request.id)

    async def _open(self, channel: Channel, request: Open) -> Reply:
        if channel.session is not None:
            raise SessionError(f"channel {request.channel} is open already")
        channel.owned = request.session_id is None
        channel.session = (
            await self._pool.open() if request.session_id is None else self._pool.get(request.session_id)
        )
        channel.session.hold()
        return Opened(request.channel, request.id, channel.session.id)

    async def _close(self, channel: Channel, request: Close) -> Reply:
        session, channel.session = channel.session, None
        if session is not None:
            await self._pool.close(session)
        return Closed(request.channel, request.id)
