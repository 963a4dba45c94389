"""A connection: requests in, replies out, for the sessions that a peer opens on it."""

from __future__ import annotations

import asyncio
import math
from functools import partial

from msgspec.structs import replace

from openenv.errors import (
    DeadlineExceeded,
    ServerDraining,
    ServerError,
    SessionCrashed,
    SessionError,
    UnsupportedOperation,
)
from openenv.server.carrier import Carrier
from openenv.server.channel import Channel, Gathering, Waiting
from openenv.sessions.host import Answered
from openenv.sessions.pool import SessionPool
from openenv.sessions.replies import WINDOW
from openenv.wire.exchange import Message, ServerExchange
from openenv.wire.frames import (
    Batch,
    Cancel,
    Close,
    Closed,
    Failure,
    Fork,
    FrameError,
    Open,
    Opened,
    Reply,
    Request,
    Result,
    Step,
)


class Connection:
    """Carries any number of sessions. Each channel answers in order; channels do not wait for each other.

    A session that was opened here ends with the connection where the peer cannot come back to it (``lasting`` is
    False), and else with its lease.
    """

    def __init__(self, pool: SessionPool, exchange: ServerExchange, carrier: Carrier, *, lasting: bool = False) -> None:
        self._pool = pool
        self._exchange = exchange
        self._carrier = carrier
        self._lasting = lasting
        self._channels: dict[int, Channel] = {}
        self._over = False
        carrier.relieved = self._go_on

    def receive(self, message: Message) -> None:
        """Take one message."""
        try:
            request: Request | Failure = self._exchange.receive(message)
        except FrameError as error:
            request = error.reply
        if not self._lasting and isinstance(request, Step) and (reply := self._straight(request)) is not None:
            self._reply(reply)
        elif isinstance(request, Cancel):
            self._cancel(request)
        else:
            self.put(request)

    def put(self, request: Request | Failure) -> None:
        """Hand a request, or what is wrong with a message, to its channel."""
        if isinstance(request, Batch) and not request.channel:
            gathering = Gathering(request, self._reply)
            for place, one in enumerate(request.requests):
                self._put(Waiting(one, gathering, place))
            return
        channel = self._channel(request.channel)
        if channel.busy or channel.working or channel.waiting or self._over or self._carrier.congested:
            self._put(Waiting(request))
            return
        channel.busy = channel.working = True  # nothing to wait for
        channel.current = waited = Waiting(request)
        try:
            self._begin(channel, waited)
        finally:
            channel.working = False
        if channel.session is None:
            self._drop_if_unused(channel)

    def _straight(self, request: Step) -> Reply | None:
        """The reply to a step that waits for nothing; else None. Not for a peer that may repeat it: that is kept."""
        channel = self._channels.get(request.channel)
        if channel is None or channel.busy or channel.waiting or self._carrier.congested or self._over:
            return None
        return None if channel.session is None else channel.session.answer(request)

    def _channel(self, number: int) -> Channel:
        channel = self._channels.get(number)
        if channel is None:
            channel = self._channels[number] = Channel(number)
        return channel

    def _put(self, waiting: Waiting) -> None:
        channel = self._channel(waiting.request.channel)
        channel.waiting.append(waiting)
        self._work(channel)
        if len(channel.waiting) >= WINDOW and not channel.full:
            channel.full = True
            self._carrier.pause()

    def drain(self) -> None:
        """Tell the peer, where it can take a message that answers nothing, that its sessions end with the server."""
        if self._lasting and not self._over:
            for channel in self._channels.values():
                if channel.session is not None:
                    self._reply(Failure.of(ServerDraining("the server is ending"), channel=channel.number))

    async def close(self) -> None:
        """Let go of the sessions; end those to which nobody can come back."""
        self._over = True
        managing = [channel.managing for channel in self._channels.values() if channel.managing is not None]
        for task in managing:
            task.cancel()
        held = [(channel, session) for channel in self._channels.values() if (session := channel.let_go()) is not None]
        await asyncio.gather(*managing, return_exceptions=True)
        if not self._lasting:
            await asyncio.gather(*(self._pool.close(session) for channel, session in held if channel.is_own))

    def _go_on(self) -> None:
        """The peer reads again: begin what has waited for it."""
        for channel in list(self._channels.values()):
            self._work(channel)

    def _work(self, channel: Channel) -> None:
        """Carry out what waits, one request at a time. What is answered at once does not come back here by itself."""
        if channel.working:
            return
        channel.working = True
        try:
            while channel.waiting and not (channel.busy or self._over or self._carrier.congested):
                channel.current = channel.waiting.popleft()
                channel.busy = True
                self._begin(channel, channel.current)
        finally:
            channel.working = False
        if channel.full and len(channel.waiting) < WINDOW // 2:
            channel.full = False
            self._carrier.resume()
        self._drop_if_unused(channel)

    def _drop_if_unused(self, channel: Channel) -> None:
        is_needed = channel.session is not None or channel.waiting or channel.busy
        if not is_needed and self._channels.get(channel.number) is channel:
            del self._channels[channel.number]  # a number without a session costs no memory

    def _begin(self, channel: Channel, waited: Waiting) -> None:
        request, session = waited.request, channel.session
        if session is None or isinstance(request, (Failure, Open, Close)):
            self._manage(channel, waited, request)
            return
        answered = partial(self._session_answered, channel, waited)
        if waited.is_cancelled:
            self._skip(channel, request, answered=answered)
        elif isinstance(request, Fork):
            self._fork(channel, request, answered=answered)
        elif channel.is_own and self._lasting and request.id:
            session.call_once(request, answered)
        else:
            session.call(request, answered)

    def _manage(self, channel: Channel, waited: Waiting, request: Request | Failure) -> None:
        """What no session carries out."""
        if (reply := _at_once(channel, request)) is not None:
            self._answered(channel, waited, reply)
        elif isinstance(request, Open):
            channel.managing = asyncio.create_task(self._open(channel, waited, request))
        else:
            assert isinstance(request, Close)  # what else there is is answered at once
            channel.managing = asyncio.create_task(self._close(channel, waited, request))

    def _fork(self, channel: Channel, request: Fork, *, answered: Answered) -> None:
        """Only for the session's own client: it alone is told the secrets."""
        assert channel.session is not None
        if channel.is_own and request.id:
            self._pool.fork(channel.session, request, answered)
        else:
            error = UnsupportedOperation(
                "only the client that has opened a session can fork it, with a request that has an id"
            )
            answered(Failure.of(error, channel=request.channel, id=request.id))

    def _skip(self, channel: Channel, request: Request, *, answered: Answered) -> None:
        """Cancelled before it began. When it is repeated it gets the same answer."""
        assert channel.session is not None
        error = DeadlineExceeded(message="cancelled before it began")
        reply = Failure.of(error, channel=request.channel, id=request.id)
        if not channel.is_own or not request.id:
            answered(reply)
        elif channel.session.replies.admit(request, answered):
            channel.session.replies.settle(reply)

    def _session_answered(self, channel: Channel, waited: Waiting, reply: Reply) -> None:
        if channel.current is waited and channel.session is not None and channel.session.has_ended:
            self._pool.abandon(channel.session)
            if isinstance(reply, Failure) and reply.code == SessionCrashed.code:  # the peer has been told
                channel.let_go()
        if reply.channel != channel.number:  # it was asked for on another connection
            reply = replace(reply, channel=channel.number)
        self._answered(channel, waited, reply)

    def _answered(self, channel: Channel, waited: Waiting, reply: Reply) -> None:
        """The reply to the channel's current request, or to one of a session that it has lost meanwhile."""
        if channel.current is waited:
            channel.busy = False
        if not self._over:
            if waited.gathering is None:
                self._reply(reply)
            else:
                waited.gathering.add(reply, place=waited.place)
            if channel.waiting or channel.session is None:
                self._work(channel)

    def _reply(self, reply: Reply) -> None:
        message = self._exchange.send(reply)
        if message is not None:
            self._carrier.write(message)
        if not isinstance(reply, Result) and self._exchange.ends_with(reply):
            self._over = True
            self._carrier.end()

    def _cancel(self, request: Cancel) -> None:
        channel = self._channels.get(request.channel)
        if channel is None:
            return
        for waiting in channel.waiting:
            asked = waiting.request
            if not isinstance(asked, (Failure, Open, Close)) and asked.id == request.id and not waiting.is_cancelled:
                waiting.is_cancelled = True
                return
        if channel.session is not None and channel.is_own:
            channel.session.cancel(request.id)

    async def _open(self, channel: Channel, waited: Waiting, request: Open) -> None:
        try:
            if request.session_id is None:
                session = await self._pool.open(quiet_s=None if self._lasting else math.inf, seats=request.seats)
                channel.is_own = True
            else:
                session = self._pool.get(request.session_id, secret=request.secret)
                channel.is_own = request.secret is not None
                if channel.is_own:
                    session.come_back(request.id)
        except ServerError as error:
            self._managed(channel, waited, Failure.of(error, channel=request.channel, id=request.id))
            if not self._lasting and not self._over:  # the connection is for this session alone
                self._over = True
                self._carrier.end()
            return
        channel.session = session
        session.hold()
        if channel.is_own:
            session.taken_over(left=lambda: self._lose(channel))
        secret = session.secret if channel.is_own else None
        self._managed(channel, waited, Opened(request.channel, request.id, session.id, secret, seats=session.seats))

    async def _close(self, channel: Channel, waited: Waiting, request: Close) -> None:
        session = channel.let_go()
        if session is not None:
            await self._pool.close(session)
        self._managed(channel, waited, Closed(request.channel, request.id))

    def _managed(self, channel: Channel, waited: Waiting, reply: Reply) -> None:
        channel.managing = None
        self._answered(channel, waited, reply)

    def _lose(self, channel: Channel) -> None:
        """The session's client has come back on another connection."""
        if channel.let_go() is not None and channel.managing is None:
            channel.busy = False  # who took it over is answered
            self._work(channel)


def _at_once(channel: Channel, request: Request | Failure) -> Reply | None:
    """The reply that needs no waiting, if it is one."""
    if isinstance(request, Failure):
        return request
    number = request.channel
    if isinstance(request, Open):
        if channel.session is None:
            return None
        error = SessionError(f"channel {number} is open already")
    elif channel.session is not None:
        return None
    elif isinstance(request, Close):
        return Closed(number, request.id)
    else:
        error = SessionError(f"no session is open on channel {number}")
    return Failure.of(error, channel=number, id=request.id)
