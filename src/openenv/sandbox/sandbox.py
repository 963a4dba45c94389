"""The sandbox: where sessions come from that run code which nobody trusts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from openenv.errors import SessionError
from openenv.sandbox.factory import Factory
from openenv.sandbox.isolation import Isolation
from openenv.sandbox.levels import choose
from openenv.sandbox.limits import Limits
from openenv.sandbox.session import AsyncSession, Session
from openenv.sandbox.setting import Wanted
from openenv.sandbox.waiting import Wait, block, drive, suspend

Content = Mapping[str, bytes | str]


class _Options:
    """What both colours take.

    ``preload`` names modules that are imported once, before any session; these run outside of what holds sessions, and
    are trusted. ``readable`` are paths of the host that sessions see too, and ``search_path`` those of them that Python
    imports from. ``level`` is one of ``Level``, ``none`` only with ``allow_unsafe``, or ``auto`` for the strongest that
    there is; below ``min_isolation`` nothing starts. ``ready`` sessions are made before they are asked for. ValueError
    for the name of a level that there is not.
    """

    def __init__(
        self,
        preload: Sequence[str] = (),
        limits: Limits | None = None,
        *,
        min_isolation: str = "landlock",
        level: str = "auto",
        allow_unsafe: bool = False,
        readable: Sequence[str] = (),
        search_path: Sequence[str] = (),
        ready: int = 0,
    ) -> None:
        self._wanted = Wanted(preload, readable, search_path, limits or Limits())
        self._level = level
        self._min_isolation = min_isolation
        self._allow_unsafe = allow_unsafe
        self._ready = ready
        self._factory: Factory | None = None
        self._constructed()

    def _constructed(self) -> None:
        """Nothing, unless a colour starts with this."""

    @property
    def isolation(self) -> Isolation:
        """What is in force; as text, one plain line."""
        return self._begun.setting.isolation

    @property
    def _begun(self) -> Factory:
        if self._factory is None:
            raise SessionError("the sandbox is not started, or closed")
        return self._factory

    async def _begin(self, wait: Wait) -> None:
        self._factory = await choose(
            wait,
            self._wanted,
            level=self._level,
            min_isolation=self._min_isolation,
            allow_unsafe=self._allow_unsafe,
            ready=self._ready,
        )

    async def _end(self, wait: Wait) -> None:
        factory, self._factory = self._factory, None
        if factory is not None:
            await factory.close(wait)


class Sandbox(_Options):
    """Starts with its construction. RuntimeUnavailable when this machine does not give the isolation that is asked
    for."""

    def _constructed(self) -> None:
        drive(self._begin(block))

    def session(self, files: Content | None = None) -> Session:
        """A new one, with these files in its workspace."""
        session = Session(self._begun, drive(self._begun.take(block)))
        try:
            session.write_all(files or {})
        except BaseException:
            session.close()
            raise
        return session

    def close(self) -> None:
        """End all sessions; once more does nothing."""
        drive(self._end(block))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncSandbox(_Options):
    """As ``Sandbox``; it starts with ``async with``, or ``start``."""

    async def start(self) -> Self:
        """RuntimeUnavailable when this machine does not give the isolation that is asked for."""
        await self._begin(suspend)
        return self

    async def session(self, files: Content | None = None) -> AsyncSession:
        """A new one, with these files in its workspace."""
        session = AsyncSession(self._begun, await self._begun.take(suspend))
        try:
            session.write_all(files or {})
        except BaseException:
            await session.close()
            raise
        return session

    async def close(self) -> None:
        """End all sessions; once more does nothing."""
        await self._end(suspend)

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
