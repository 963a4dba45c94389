"""The pool: the sessions of one server, up to its capacity."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from secrets import compare_digest
from typing import Any

from openenv.errors import DeadlineExceeded, ServerDraining, ServerError, SessionError
from openenv.processes.limits import ProcessLimits
from openenv.sessions.applications import ApplicationFactory
from openenv.sessions.capacity import Queue, Slots, default_capacity
from openenv.sessions.deadlines import Deadlines
from openenv.sessions.dispatch import Dispatch
from openenv.sessions.factory import EnvironmentFactory
from openenv.sessions.host import Answered, Host, HostKind
from openenv.sessions.inline_host import InlineHost
from openenv.sessions.leases import Lease, Leases
from openenv.sessions.process_host import ProcessHost
from openenv.sessions.session import Session
from openenv.sessions.thread_host import ThreadHost
from openenv.wire.frames import Failure, Fork, Forked, Known

logger = logging.getLogger("openenv.sessions")

_DRAINING = "the server is ending and takes no new session"
_LOOK_EVERY_S = 1.0
_END_GRACE_S = 6.0


@dataclass(frozen=True)
class PoolOptions:
    """What a server grants its sessions. ``max_sessions`` and ``host`` are derived from the machine and from the
    environment's class where they are not given."""

    max_sessions: int | None = None
    host: HostKind | None = None
    queue: Queue = field(default_factory=Queue)
    leases: Leases = field(default_factory=Leases)
    deadlines: Deadlines = field(default_factory=Deadlines)
    limits: ProcessLimits = field(default_factory=ProcessLimits)


class SessionPool:
    """Makes sessions, finds them by id, and ends them, also those that nobody uses any more. A slot is taken before the
    environment is made, and given back when nothing of the session is left."""

    def __init__(
        self,
        factory: EnvironmentFactory,
        options: PoolOptions | None = None,
        *,
        application: ApplicationFactory | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.factory = factory
        self.options = options or PoolOptions()
        self._application = application
        self._clock = clock
        self._slots = Slots()
        self._sessions: dict[str, Session] = {}
        self._leases: dict[Session, Lease] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._reaper: asyncio.Task[None] | None = None
        self._draining = False

    @property
    def host_kind(self) -> HostKind:
        """Where sessions run."""
        return self.options.host or HostKind.for_class(self.factory.environment_class)

    @property
    def max_sessions(self) -> int:
        """How many there may be."""
        return self.options.max_sessions or default_capacity(self.host_kind)

    @property
    def active_sessions(self) -> int:
        """How many slots are taken."""
        return self._slots.taken

    @property
    def waiting_clients(self) -> int:
        """How many wait for a slot."""
        return self._slots.waiting

    @property
    def is_draining(self) -> bool:
        """No session is admitted any more."""
        return self._draining

    async def open(
        self,
        *,
        lease_s: float | None = None,
        quiet_s: float | None = None,
        spare: bool = False,
        counted: bool = True,
        seats: int = 1,
    ) -> Session:
        """A new session, as soon as there is a slot for it; of ``seats`` episodes where the environment has such.

        It lives for ``lease_s`` seconds without anybody who holds it, and for ``quiet_s`` in which nothing is asked of
        it (by default as long as the leases say); one that is ``spare`` makes room for others at once, until ``get``
        finds it.

        CapacityError when there is no slot in time, EnvironmentFactoryError when the environment cannot be made,
        DeadlineExceeded when that takes too long.
        """
        if counted:
            await self._take_slots(1)
        host = self._new_host(seats)
        try:
            async with asyncio.timeout(self.options.deadlines.create_s):
                await host.start()
        except BaseException as error:
            self._after(host.ended(), counted=counted)
            if isinstance(error, TimeoutError) and not isinstance(error, DeadlineExceeded):
                host.abandon()
                raise DeadlineExceeded("create", timeout_s=self.options.deadlines.create_s) from error
            raise
        session = Session(host, deadlines=self.options.deadlines, clock=self._clock)
        leases = self.options.leases
        alone_s = leases.alone_s if lease_s is None else lease_s
        self._add(session, Lease(alone_s, leases.quiet_s if quiet_s is None else quiet_s, spare, counted))
        return session

    def fork(self, session: Session, request: Fork, answered: Answered) -> None:
        """Sessions that go on from the state of this one, as soon as there are slots for them. The request is carried
        out once, however often its client repeats it, and also when nobody waits for it any more."""
        if session.replies.admit(request, answered):
            _ = self._task(self._fork(session, request))

    async def _fork(self, session: Session, request: Fork) -> None:
        forking = session.forkings.begin(request.id, abandon=self.abandon)
        try:
            await forking.wait(self._take_slots(request.count))
            try:
                branches = await forking.make(session.fork(request))
            except BaseException:
                self._slots.free(self.max_sessions, count=request.count)
                raise
            for branch in branches:
                self._add(branch, Lease(self.options.leases.alone_s, self.options.leases.quiet_s))
            forking.made(branches)
            if self._draining:
                forking.give_up()
                raise ServerDraining(_DRAINING)
        except ServerError as error:
            session.replies.settle(Failure.of(error, channel=request.channel, id=request.id))
            return
        known: list[Known] = [(branch.id, branch.secret) for branch in branches]
        session.replies.settle(Forked(request.channel, request.id, known))

    def get(self, session_id: str, *, secret: str | None = None) -> Session:
        """A living session; SessionError when there is none with that id (and that secret, where one is given)."""
        session = self._sessions.get(session_id)
        if session is None or (secret is not None and not compare_digest(session.secret.encode(), secret.encode())):
            raise SessionError(f"Unknown session_id: {session_id}")
        self._leases[session].spare = False
        return session

    def knows(self, session: Session) -> bool:
        """It lives."""
        return session.id in self._sessions

    async def close(self, session: Session) -> None:
        """End a session, once. A caller that is cancelled does not keep it from ending."""
        if (ending := self._begin_to_end(session)) is not None:
            await asyncio.shield(ending)

    def abandon(self, session: Session) -> None:
        """Begin to end a session; nobody waits for its end."""
        _ = self._begin_to_end(session)

    async def close_all(self) -> None:
        """Admit nobody and end every session. What cannot be ended is waited for no longer than a few seconds."""
        self.drain()
        if self._reaper is not None and self._reaper is not asyncio.current_task():
            self._reaper.cancel()
        for session in list(self._sessions.values()):
            self.abandon(session)
        deadline = time.monotonic() + _END_GRACE_S
        while self._ending and (left_s := deadline - time.monotonic()) > 0:
            await asyncio.wait(self._ending, timeout=left_s)
        self._draining = False

    def drain(self) -> None:
        """Admit nobody any more."""
        self._draining = True
        self._slots.refuse_all(ServerDraining(_DRAINING))

    async def settle(self, within_s: float) -> None:
        """Wait for the calls in flight, for a bounded time."""
        busy = [session.settled() for session in self._sessions.values() if session.is_busy]
        if busy:
            waiting = [asyncio.ensure_future(settled) for settled in busy]
            _, late = await asyncio.wait(waiting, timeout=within_s)
            for task in late:
                task.cancel()

    async def reap(self) -> None:
        """End what nobody has used for too long; while clients wait, also what has made room for them."""
        overdue = [session for session in self._sessions.values() if self._is_over(session)]
        ending = [task for session in overdue if (task := self._begin_to_end(session)) is not None]
        self._make_room(wanted=self._slots.waiting)
        if ending:
            await asyncio.wait(ending)

    async def _take_slots(self, count: int) -> None:
        if self._draining:
            raise ServerDraining(_DRAINING)
        lacking = self._slots.taken + count - self.max_sessions
        promised = self._make_room(wanted=lacking) if 0 < lacking <= self.max_sessions else 0
        await self._slots.take(self.max_sessions, self.options.queue, count=count, promised=promised)

    def _add(self, session: Session, lease: Lease) -> None:
        self._sessions[session.id] = session
        self._leases[session] = lease
        if self._reaper is None or self._reaper.done():
            self._reaper = asyncio.create_task(self._watch())

    def _is_over(self, session: Session) -> bool:
        if session.is_busy:
            return False
        lease, spare_s = self._leases[session], self.options.leases.spare_s
        if session.has_ended and (session.is_held or session.alone_s >= spare_s):  # who comes back is told why
            return True
        return session.alone_s >= lease.seconds or session.quiet_s >= lease.quiet_s

    def _make_room(self, *, wanted: int) -> int:
        """End so many sessions, if there are, those first that have been alone for longest; how many they are."""
        may_go = [session for session in self._sessions.values() if self._may_go(session)]
        chosen = sorted(may_go, key=lambda session: -session.alone_s)[:wanted]
        for session in chosen:
            self.abandon(session)
        return len(chosen)

    def _may_go(self, session: Session) -> bool:
        lease = self._leases[session]
        if session.is_held or session.is_busy or not lease.counted:
            return False
        return lease.spare or session.has_ended or session.alone_s >= self.options.leases.spare_s

    def _begin_to_end(self, session: Session) -> asyncio.Task[None] | None:
        """None where it has begun before."""
        if self._sessions.pop(session.id, None) is None:
            return None
        lease = self._leases.pop(session)
        ending = self._task(session.close())
        ending.add_done_callback(lambda _: self._after(session.ended(), counted=lease.counted))
        return ending

    def _after(self, ended: Coroutine[Any, Any, None], *, counted: bool) -> None:
        """Give the slot back when nothing is left of what took it."""

        async def free() -> None:
            await ended
            if counted:
                self._slots.free(self.max_sessions)

        _ = self._task(free())

    def _task(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(coroutine)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        return task

    async def _watch(self) -> None:
        """While there are sessions. An application within another one is not told that the server ends: its event loop
        cancels this."""
        try:
            while self._sessions:
                await asyncio.sleep(_LOOK_EVERY_S)
                await self.reap()
        except asyncio.CancelledError:
            if not self._draining:
                await self.close_all()
            raise

    def _new_host(self, seats: int) -> Host:
        match self.host_kind:
            case HostKind.INLINE:
                return InlineHost(Dispatch(self.factory, seats=seats))
            case HostKind.THREAD:
                return ThreadHost(Dispatch(self.factory, seats=seats))
            case HostKind.PROCESS:
                return ProcessHost(self.factory, self._application, limits=self.options.limits, seats=seats)
