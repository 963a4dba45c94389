"""A session: one live environment with an id, which receives requests from whatever carries them."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from openenv.errors import DeadlineExceeded, ServerError, SessionCrashed, SessionError
from openenv.sessions.calls import Call, Rest
from openenv.sessions.deadlines import Deadlines
from openenv.sessions.forking import Forkings
from openenv.sessions.host import Answered, Host, close_all
from openenv.sessions.replies import ReplyWindow
from openenv.wire.frames import Failure, Fork, Forked, Reply, Request

_INTERRUPT_AGAIN_S = 1.0


class Session:
    """It knows no connection. Requests are carried out one after the other, in the order in which they come, each
    within its deadline.

    Who opened it may come back with its ``secret`` over another connection, and repeat what was not answered.
    """

    def __init__(
        self, host: Host, *, deadlines: Deadlines | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.id = secrets.token_urlsafe(16)
        self.secret = secrets.token_urlsafe(16)
        self.seats = host.seats
        self._host = host
        self._deadlines = deadlines or Deadlines()
        self.replies = ReplyWindow()
        """What its own client has asked."""
        self._running: Call | None = None
        self._waiting: deque[Call] = deque()
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._branches: list[Host] = []
        self.forkings = Forkings()
        self._closing_branches: set[asyncio.Future[None]] = set()
        self._broken: ServerError | None = None
        self._closed = False
        self._rest = Rest()
        self._clock = clock
        self._holders = 0
        self._left: Callable[[], None] | None = None
        self._attempt = 0
        self._quiet_since = self._alone_since = clock()
        host.lost = self._lost

    @property
    def is_busy(self) -> bool:
        """A request is being carried out, or waits."""
        return self._running is not None

    @property
    def has_ended(self) -> bool:
        """Nothing is carried out any more."""
        return self._broken is not None

    @property
    def is_held(self) -> bool:
        """Somebody uses it."""
        return self._holders > 0

    @property
    def was_taken_over(self) -> bool:
        """Its client has it on a connection, or had it."""
        return self._left is not None

    @property
    def alone_s(self) -> float:
        """For how many seconds nobody has held it."""
        return 0.0 if self.is_held else self._clock() - self._alone_since

    @property
    def quiet_s(self) -> float:
        """For how many seconds nothing has been asked of it."""
        return 0.0 if self.is_busy else self._clock() - self._quiet_since

    def hold(self) -> None:
        """Somebody uses it from now on: a connection that is attached, or a request."""
        self._holders += 1

    def release(self) -> None:
        """One of those who hold it does so no longer."""
        self._holders -= 1
        self._alone_since = self._clock()

    def come_back(self, attempt: int) -> None:
        """Its client wants it on another connection, for the so many-eth time. SessionError where it has tried again
        since: the attempt has been late on its way."""
        if 0 < attempt < self._attempt:
            raise SessionError(f"attempt {attempt} to come back is older than attempt {self._attempt}")
        self._attempt = max(attempt, self._attempt)

    def taken_over(self, *, left: Callable[[], None]) -> None:
        """Its client has it on a connection; ``left`` is called when the same client comes back on another one."""
        before, self._left = self._left, left
        if before is not None:
            before()

    def answer(self, request: Request) -> Reply | None:
        """The reply to a request that the host carries out while it is called, which needs no deadline. None where
        that is not so, or where the request has to wait."""
        answer = self._host.answer
        if answer is None or self._running is not None or self._broken is not None or isinstance(request, Fork):
            return None
        self._quiet_since = self._clock()
        return answer(request)

    def call(self, request: Request, answered: Answered, *, is_own: bool = False) -> None:
        """Carry out one request; ``answered`` gets its reply, in which what went wrong is a Failure."""
        if self._broken is not None:
            answered(Failure.of(self._broken, channel=request.channel, id=request.id))
            return
        if (reply := self.answer(request)) is not None:
            answered(reply)
            return
        call = Call(request, answered, self._deadlines.of(request), is_own)
        if self._running is None:
            self._begin(call)
        else:
            self._waiting.append(call)

    def call_once(self, request: Request, answered: Answered) -> None:
        """The same for a request of the session's own client, which may repeat it: it is carried out once."""
        if self.replies.admit(request, answered):
            running, acknowledged = self._running, getattr(request, "acknowledged", 0)
            if running is not None and running.is_own and running.request.id <= acknowledged:
                self.cancel(running.request.id)  # nobody waits for it, and word of that was lost on the way
            self.forkings.acknowledge(acknowledged)
            self.call(request, self.replies.settle, is_own=True)

    async def fork(self, request: Fork) -> list[Session]:
        """Sessions that go on from this one's state, made in its turn. A ServerError says why there are none."""
        made: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        hosts: list[Host] = []

        def answered(reply: Reply) -> None:
            hosts.extend(self._branches)
            self._branches.clear()
            made.set_result(reply)

        self.call(request, answered, is_own=True)
        reply = await made
        if isinstance(reply, Failure):
            await close_all(hosts)
            raise reply.error()
        return [Session(host, deadlines=self._deadlines, clock=self._clock) for host in hosts]

    def cancel(self, id: int) -> None:
        """The session's own client waits no more for its request with this id: it is interrupted, where it runs, and
        not begun, where it waits."""
        self.forkings.give_up(id)
        running = self._running
        if running is not None and running.is_own and running.request.id == id and running.cut_short is None:
            self._cut_short(running, DeadlineExceeded(running.operation, message="the request was cancelled"))
        for call in [call for call in self._waiting if call.is_own and call.request.id == id]:
            self._waiting.remove(call)
            call.fail(DeadlineExceeded(message="cancelled before it began"))

    async def close(self) -> None:
        """End the session, once. A call that runs is interrupted; what it does not give up in time is ended."""
        if self._closing():
            return
        if self._running is not None:
            self._host.interrupt()
        limits = self._deadlines
        with suppress(TimeoutError):
            async with asyncio.timeout(limits.grace_s):
                await self.settled()
        try:
            async with asyncio.timeout(limits.close_s if self._running is None else 0):
                await self._host.close()
        except TimeoutError:
            self._host.abandon()
        self._left = None  # which keeps a connection
        if self._running is None:
            self._stop_timer()

    async def settled(self) -> None:
        """Wait until no call runs."""
        if self._running is not None:
            await self._rest.wait()

    async def ended(self) -> None:
        """Wait until nothing of it is left: the slot that it took is free then."""
        await self._host.ended()

    def _closing(self) -> bool:
        """Whether it was before; nothing is carried out from now on."""
        before, self._closed = self._closed, True
        self._lost(SessionError(f"session {self.id} is closed"))
        return before

    def _lost(self, error: ServerError) -> None:
        """It has ended, for this reason where there is none yet."""
        if self._broken is None:
            self._end_with(error)

    def _end_with(self, error: ServerError) -> None:
        self._broken = error
        waiting, self._waiting = self._waiting, deque()
        for call in waiting:
            call.fail(error)

    def _begin(self, call: Call) -> None:
        self._running = call
        loop = asyncio.get_running_loop()
        self._due = loop.time() + call.allowed_s
        if self._timer is None or self._due < self._timer.when():
            self._stop_timer()
            self._timer = loop.call_at(self._due, self._check)
        if isinstance(call.request, Fork):
            self._host.fork(call.request, partial(self._forked, call))
        else:
            self._host.call(call.request, self._answered)

    def _forked(self, call: Call, outcome: Failure | Sequence[Host]) -> None:
        request = call.request
        if isinstance(outcome, Failure):
            self._answered(outcome)
        elif call is self._running:
            self._branches.extend(outcome)
            self._answered(Forked(request.channel, request.id, []))
        else:  # it was given up
            closing = asyncio.ensure_future(close_all(outcome))
            self._closing_branches.add(closing)
            closing.add_done_callback(self._closing_branches.discard)

    def _answered(self, reply: Reply) -> None:
        call = self._running  # until its reply is taken: what that leads to comes behind the requests that wait
        self._quiet_since = self._clock()
        if call is None:  # it was answered when it was ended
            return
        if isinstance(reply, Failure) and reply.code == SessionCrashed.code:
            self._end_with(reply.error())
        elif call.cut_short is not None:
            reply = Failure.of(call.cut_short, channel=reply.channel, id=reply.id)
        call.answered(reply)
        self._running = None
        if self._waiting:
            self._begin(self._waiting.popleft())
        else:
            self._rest.has_come()
            if self._closed:
                self._stop_timer()

    def _stop_timer(self) -> None:
        """It keeps this session for as long as a call may take."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check(self) -> None:
        """The timer is kept from call to call; it looks only where it is due."""
        self._timer = None
        call, loop = self._running, asyncio.get_running_loop()
        if call is None:
            return
        if loop.time() < self._due:
            self._timer = loop.call_at(self._due, self._check)
        elif call.cut_short is None:
            self._cut_short(call, DeadlineExceeded(call.operation, timeout_s=call.allowed_s))
        elif loop.time() < call.until:
            self._interrupt(call)
        else:
            self._give_up(call, call.cut_short)

    def _cut_short(self, call: Call, why: ServerError) -> None:
        call.cut_short = why
        call.until = asyncio.get_running_loop().time() + self._deadlines.grace_s
        self._interrupt(call)

    def _interrupt(self, call: Call) -> None:
        """Now, and again: an interrupt that comes before the host has begun the call is without effect."""
        self._host.interrupt()
        loop = asyncio.get_running_loop()
        self._due = min(loop.time() + _INTERRUPT_AGAIN_S, call.until)
        self._stop_timer()
        self._timer = loop.call_at(self._due, self._check)

    def _give_up(self, call: Call, why: ServerError) -> None:
        """It did not end within the grace: the session ends with it."""
        self._running = None
        self._rest.has_come()
        self._broken = SessionCrashed(f"the session was ended: {why} and did not stop when it was interrupted")
        self._host.abandon()
        call.fail(why)
        self._end_with(self._broken)
