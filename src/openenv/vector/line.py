"""A line: one connection that carries the sessions of several seats, and what is on its way there."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from openenv.client.connecting import Connection
from openenv.client.protocol_access import ProtocolAccess
from openenv.client.resuming import Ticket, resume
from openenv.client.sessions import GRACE_S, ON_ITS_WAY_S, SERVER_PATIENCE_S
from openenv.client.transport import Colour, Transport, Unrepeatable, check_size
from openenv.errors import ServerError, SessionLost, ValidationError
from openenv.runtimes.endpoint import SocketEndpoint, UrlEndpoint
from openenv.vector.answers import Other, Part, taken
from openenv.vector.messages import (
    NEVER,
    Address,
    Asked,
    Question,
    Sent,
    addresses,
    requests_of,
    tells_of_a_crash,
    too_late,
)
from openenv.wire.exchange import ClientExchange, Received
from openenv.wire.frames import (
    MAX_CHANNEL,
    Batch,
    Cancel,
    Close,
    Failure,
    Open,
    Opened,
    Reply,
    Request,
    Reset,
    Result,
    Step,
)

_MAX_TOGETHER = 256
"""Requests that travel in one message."""

_AGAIN_S = 1.0
_ONLY_CHANNEL = 1
_NOBODYS_CHANNEL = MAX_CHANNEL
"""On which no session is ever opened: closing it asks for nothing but an answer, behind all others."""


class Line:
    """Sessions by channel. Over v2 they outlive their connection: ``recover`` comes back with their tickets and sends
    again what was not answered. A worker of this process's own is interrupted when it takes too long, and then ended.
    """

    def __init__(self, connection: Connection, access: ProtocolAccess[Any, Any, Any], colour: Colour) -> None:
        self.transport: Transport = connection.transport
        self.was_interrupted = False
        self.next_deadline = NEVER
        """No earlier than then has something to be done about what takes too long: ``chase`` does it."""
        self._endpoint = endpoint = connection.endpoint
        self._exchange: ClientExchange = connection.exchange
        self._colour = colour
        self._access = access
        self._limits = access.limits
        self._process = endpoint.child if isinstance(endpoint, SocketEndpoint) else None
        self.opened_channels: set[int] = set()
        """Where a session has been opened; it may have ended since."""
        self._sent: dict[tuple[int, int], Sent] = {}
        self._given_up: dict[tuple[int, int], Sent] = {}
        self._tickets: dict[int, Ticket] = {}
        self._last_ids: dict[int, int] = {0: 0, _NOBODYS_CHANNEL: 0}
        self._channels = itertools.count(1)

    @property
    def opens_by_connecting(self) -> bool:
        """It speaks v1: the connection is one session."""
        return self._exchange.counts_replies

    @property
    def is_worker(self) -> bool:
        """It leads to a worker of this process's own."""
        return self._process is not None

    @property
    def worker_name(self) -> str | None:
        """What messages call the environment of a worker."""
        return self._endpoint.name if isinstance(self._endpoint, SocketEndpoint) else None

    @property
    def is_awaited(self) -> bool:
        """Something is on its way."""
        return bool(self._sent)

    def new_channel(self) -> int:
        """For one more session."""
        channel = next(self._channels)
        self._last_ids[channel] = 0
        return channel

    def opening(self, channel: int, *, seats: int) -> Sent:
        """The message that makes a session, with so many seats if it can."""
        within_s = max(self._limits.connect_timeout_s, self._limits.message_timeout_s)
        return self._encoded(Open(channel, self._next_id(channel), seats=seats), within_s)

    def messages(self, asked: Sequence[Asked], *, together: bool) -> list[Sent]:
        """The messages that ask this of those who ride on it, those of a session with seats in any case together.
        MessageTooLarge when one is."""
        within_s = max(map(self._within_s, {question.timeout_s for _, question in asked}))
        at_once = _MAX_TOGETHER if together and not self.opens_by_connecting else 1
        seated: dict[int, list[Asked]] = defaultdict(list)
        alone: list[Asked] = []
        for one in asked:
            channel, seat = one[0].address
            (seated[channel] if seat else alone).append(one)
        grouped: list[tuple[Request, Sequence[Asked]]] = []
        grouped += [(self._for_seats(channel, group), group) for channel, group in seated.items()]
        for start in range(0, len(alone), at_once):
            group = alone[start : start + at_once]
            requests = [self._request(rider.address[0], question) for rider, question in group]
            grouped.append((requests[0] if len(requests) == 1 else Batch(0, self._next_id(0), requests), group))
        return [self._encoded(message, within_s, group) for message, group in grouped]

    async def send(self, messages: Iterable[Sent]) -> None:
        """Send them. That the connection is gone is told by receiving from it."""
        for sent in messages:
            request = sent.request
            sent.deadline = time.monotonic() + sent.within_s
            self.next_deadline = min(self.next_deadline, sent.deadline)
            self._sent[request.channel, request.id] = sent
            self._exchange.expect(request)
            with suppress(TimeoutError, SessionLost):
                await self.transport.send(sent.message, sent.within_s)

    def take(self, message: Received) -> list[Part]:
        """What a message holds, without what nobody waits for. ProtocolError when it is no answer to what was asked."""
        reply = self._exchange.receive(message)
        self.transport.torn = False
        channel = reply.channel
        if self.opens_by_connecting:  # v1 has no channels
            channel, reply = _ONLY_CHANNEL, self._as_v2_says_it(reply)
        sent = self._sent.pop((channel, reply.id), None)
        if sent is not None:
            return taken(reply, sent, channel=channel)
        if (sent := self._given_up.pop((channel, reply.id), None)) is not None:
            parts = taken(reply, sent, channel=channel)
            return [part for part in parts if isinstance(part, Other) and tells_of_a_crash(part.reply)]
        return [Other((channel, 0), reply)] if isinstance(reply, Failure) and reply.id == 0 else []

    def opened(self, reply: Opened) -> None:
        """A session is open; where it can be come back to, that is noted."""
        self.opened_channels.add(reply.channel)
        if isinstance(self._endpoint, UrlEndpoint) and reply.secret is not None:
            self._tickets[reply.channel] = Ticket(self._endpoint, reply.session_id, reply.secret)

    async def recover(self, lost: SessionLost) -> None:
        """Come back on another connection and send again what was not answered. SessionLost when that cannot be."""
        await self.transport.close()
        if not self._tickets or isinstance(lost, (ServerError, Unrepeatable)):
            raise lost
        began = time.monotonic()
        self.transport, gone = await resume(self._tickets, str(lost), colour=self._colour, limits=self._limits)
        for channel in gone:  # what it is asked from now on is answered accordingly
            del self._tickets[channel]
        without_s = time.monotonic() - began
        for sent in self._sent.values():
            sent.deadline += without_s
            with suppress(TimeoutError, SessionLost):
                await self.transport.send(sent.message, sent.within_s)

    async def chase(self) -> list[tuple[Address, Reply]]:
        """See to what takes too long: the failures of what is not waited for any more."""
        now = time.monotonic()
        given_up: list[tuple[Address, Reply]] = []
        late = False
        for sent in [sent for sent in self._sent.values() if sent.deadline <= now]:
            sent.ended_at = min(sent.ended_at, now + self._grace_s)
            if now < sent.ended_at:
                await self._cancel(sent)
                late = True
            elif self._process is None:
                given_up += self._give_up(sent)
            else:
                self._process.kill()
                sent.deadline = NEVER
        if late:
            self._interrupt()
        self.next_deadline = min((sent.deadline for sent in self._sent.values()), default=NEVER)
        return given_up

    async def abandon(self, *, openings: bool = False) -> None:
        """Nobody waits any more for what is on its way; for sessions that are being made only with ``openings``."""
        given_up = [sent for sent in self._sent.values() if openings or not isinstance(sent.request, Open)]
        for sent in given_up:
            await self._cancel(sent)
            self._give_up(sent)
            self.was_interrupted |= self._process is not None
        if given_up:
            self._interrupt()

    async def settle(self) -> None:
        """Ask for an answer behind what was interrupted: the next call must not be interrupted in its place."""
        await self.send([self._closing(_NOBODYS_CHANNEL, _AGAIN_S)])

    async def end(self, channels: Iterable[int], *, within_s: float) -> None:
        """Ask for the end of sessions."""
        if not self.opens_by_connecting:
            await self.send([self._closing(channel, within_s) for channel in channels])

    def _closing(self, channel: int, within_s: float) -> Sent:
        return self._encoded(Close(channel, self._next_id(channel)), within_s)

    @property
    def _grace_s(self) -> float:
        """For which what was interrupted is waited for; v1 has no word for interrupting."""
        return 0.0 if self.opens_by_connecting else GRACE_S + (ON_ITS_WAY_S if self._process is None else 0.0)

    def _within_s(self, timeout_s: float | None) -> float:
        if timeout_s is None:
            return self._limits.message_timeout_s
        return timeout_s + (SERVER_PATIENCE_S if self._process is None else GRACE_S)

    def _for_seats(self, channel: int, asked: Sequence[Asked]) -> Request:
        requests = [one.kind(rider.address[1], 0, one.payload, one.timeout_s) for rider, one in asked]
        id = self._next_id(channel)
        unanswered = [other for number, other in self._sent if number == channel]  # which are for other seats
        return Batch(channel, id, requests, min(unanswered, default=id) - 1 if channel in self._tickets else 0)

    def _request(self, channel: int, question: Question) -> Reset | Step:
        id = self._next_id(channel)
        if channel in self._tickets:  # what came before this one is not asked for again
            return question.kind(channel, id, question.payload, question.timeout_s, id - 1)
        return question.kind(channel, id, question.payload, question.timeout_s)

    def _next_id(self, channel: int) -> int:
        self._last_ids[channel] += 1
        return self._last_ids[channel]

    def _encoded(self, request: Request, within_s: float, asked: Sequence[Asked] = ()) -> Sent:
        message = self._exchange.encode(request)
        assert message is not None  # where it has no form, nobody asks
        check_size(message, self._limits.max_message_bytes)
        return Sent(request, message, within_s, asked)

    def _as_v2_says_it(self, reply: Reply) -> Reply:
        try:
            return self._access.modelled(reply) if isinstance(reply, Result) else reply
        except ValidationError as error:
            return Failure.of(error, id=reply.id)

    def _interrupt(self) -> None:
        """What the worker does, once: what comes then is another call."""
        if self._process is not None:
            self._process.interrupt()

    async def _cancel(self, sent: Sent) -> None:
        """Have a server cut it short. What a batch asks of others is answered then."""
        sent.deadline = sent.ended_at
        if self._process is not None:
            sent.deadline = min(time.monotonic() + _AGAIN_S, sent.ended_at)
            return
        request = sent.request
        for one in request.requests if isinstance(request, Batch) and not request.channel else [request]:
            cancelling = self._exchange.encode(Cancel(one.channel, one.id))
            if cancelling is not None:
                with suppress(TimeoutError, SessionLost):
                    await self.transport.send(cancelling, 0.0)

    def _give_up(self, sent: Sent) -> list[tuple[Address, Reply]]:
        key = sent.request.channel, sent.request.id
        self._given_up[key] = self._sent.pop(key)
        failures = [too_late(one, sent) for one in requests_of(sent.request)]
        return [*zip(addresses(sent.request), failures, strict=True)]
