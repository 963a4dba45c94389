"""Idle sessions: the ones that no connection owns are closed when nobody has used them for a time, and at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from openenv.sessions.session import Session

IDLE_TIMEOUT_S = 900.0

logger = logging.getLogger("openenv.server")

_Close = Callable[[Session], Awaitable[None]]


class IdleWatch:
    """One task for all sessions. It lives while there are any, and ends them when its event loop ends: an application
    that is mounted in another one is not told that the server stops."""

    def __init__(self, *, timeout_s: float = IDLE_TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._watched: dict[Session, _Close] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, session: Session, close: _Close) -> None:
        """Watch a session; ``close`` ends it, and may find it ended already."""
        self._watched[session] = close
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._watch())

    async def reap(self) -> None:
        """Close what has been idle for too long."""
        await self._close([session for session in self._watched if session.idle_s >= self._timeout_s])

    async def stop(self) -> None:
        """Close every session that is watched."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._close(list(self._watched))

    async def _watch(self) -> None:
        try:
            while self._watched:
                longest = max(session.idle_s for session in self._watched)
                await asyncio.sleep(max(self._timeout_s - longest, 0.0))
                await self.reap()
        finally:
            await self._close(list(self._watched))

    async def _close(self, sessions: list[Session]) -> None:
        closing = [self._watched.pop(session)(session) for session in sessions]
        for outcome in await asyncio.gather(*closing, return_exceptions=True):
            if isinstance(outcome, BaseException):
                logger.error("a session could not be closed", exc_info=outcome)
