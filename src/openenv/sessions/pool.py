"""The pool: the sessions of one server, up to its capacity."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from openenv.errors import CapacityError, SessionError
from openenv.sessions.applications import ApplicationFactory
from openenv.sessions.factory import EnvironmentFactory
from openenv.sessions.host import Host, HostKind
from openenv.sessions.process_host import ProcessHost
from openenv.sessions.session import Session
from openenv.sessions.thread_host import ThreadHost

DEFAULT_MAX_SESSIONS = 256

_CLOSE_GRACE_S = 5.0


class SessionPool:
    """Makes sessions, finds them by id, and ends them. A slot is taken before the environment is made."""

    def __init__(
        self,
        factory: EnvironmentFactory,
        *,
        max_sessions: int = DEFAULT_MAX_SESSIONS,
        host_kind: HostKind | None = None,
        application: ApplicationFactory | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.factory = factory
        self.max_sessions = max_sessions
        self.host_kind = host_kind or HostKind.for_factory(factory)
        self._application = application
        self._clock = clock
        self._sessions: dict[str, Session] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._taken = 0

    @property
    def active_sessions(self) -> int:
        """How many slots are taken."""
        return self._taken

    async def open(self, *, gives_way: bool = False) -> Session:
        """A new session. CapacityError when every slot is taken, EnvironmentFactoryError when it cannot be made.

        One that ``gives_way`` is closed when the pool is full and another one is asked for, until ``get`` finds it.
        """
        while self._taken >= self.max_sessions:
            await self._make_room()
        self._taken += 1
        host = self.new_host()
        try:
            await host.start()
        except BaseException:
            self._taken -= 1
            raise
        session = Session(host, gives_way=gives_way, clock=self._clock)
        self._sessions[session.id] = session
        return session

    def get(self, session_id: str) -> Session:
        """A living session; SessionError when there is none with that id."""
        session = self._sessions.get(session_id)
        if session is None:
            raise SessionError(f"Unknown session_id: {session_id}")
        session.gives_way = False
        return session

    async def close(self, session: Session) -> None:
        """End a session, once; its slot is free when its environment is closed. A caller that is cancelled does not
        keep it from ending."""
        if self._sessions.pop(session.id, None) is None:
            return
        await asyncio.shield(self._begin_to_end(session))

    async def close_all(self) -> None:
        """End every session. A thread that is in the middle of a call cannot be ended: it is waited for no longer than
        a few seconds."""
        ending = self._ending | {self._begin_to_end(session) for session in self._sessions.values()}
        self._sessions.clear()
        if ending:
            await asyncio.wait(ending, timeout=_CLOSE_GRACE_S)

    def _begin_to_end(self, session: Session) -> asyncio.Task[None]:
        ending = asyncio.create_task(self._end(session))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)
        return ending

    async def _end(self, session: Session) -> None:
        try:
            await session.close()
        finally:
            self._taken -= 1

    async def _make_room(self) -> None:
        """Close the oldest session that gives way and that nobody uses now."""
        giving_way = (session for session in self._sessions.values() if session.gives_way and not session.is_held)
        oldest = next(giving_way, None)
        if oldest is None:
            raise CapacityError(self._taken, self.max_sessions)
        await self.close(oldest)

    def new_host(self) -> Host:
        """Somewhere to run one more environment, beside the sessions that are counted."""
        if self.host_kind is HostKind.THREAD:
            return ThreadHost(self.factory)
        return ProcessHost(self.factory, self._application)
