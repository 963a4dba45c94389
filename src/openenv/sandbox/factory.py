"""The factory of sessions: one zygote, started again when it has ended, and the sessions that are ready beforehand."""

from __future__ import annotations

import weakref
from collections import deque
from contextlib import suppress
from functools import partial

from openenv.errors import SessionLost
from openenv.sandbox.core import Core
from openenv.sandbox.directories import Directories
from openenv.sandbox.setting import Setting
from openenv.sandbox.waiting import Wait
from openenv.sandbox.zygote import Zygote

_ENDED_WITHIN_S = 10.0
_NOTICED_WITHIN_S = 1.0


class Factory:
    """Orders sessions; up to ``ready`` of them before anybody asks, which costs the caller nothing: the zygote makes
    them while the caller goes on."""

    def __init__(self, setting: Setting, *, ready: int) -> None:
        self.setting = setting
        self._ready = ready
        self._directories = None if setting.isolation.namespaces else Directories(user=setting.user)
        self._zygote: Zygote | None = None
        self._pool: deque[Core] = deque()
        self._living: weakref.WeakSet[Core] = weakref.WeakSet()

    async def begin(self, wait: Wait) -> None:
        """Start the zygote, unless it lives."""
        if self._zygote is None or not self._zygote.is_alive:
            await self._discard(wait)
            if self._zygote is not None:
                self._zygote.wait(_ENDED_WITHIN_S)
            self._zygote = Zygote(self.setting)
            await self._zygote.begin(wait)

    async def take(self, wait: Wait) -> Core:
        """A session that has begun."""
        await self.begin(wait)
        while self._pool:
            core = self._pool.popleft()
            with suppress(SessionLost):  # it has ended while nobody looked
                self._refill()
                await core.begin(wait)
                return core
        try:
            return await self._make(wait)
        except SessionLost:
            if self._zygote is None or not self._zygote.wait(_NOTICED_WITHIN_S):
                raise
        await self.begin(wait)
        return await self._make(wait)

    async def _make(self, wait: Wait) -> Core:
        core = self._order()
        self._refill()
        await core.begin(wait)
        return core

    def keep(self, core: Core) -> None:
        """It ends with this, if not before."""
        self._living.add(core)

    async def close(self, wait: Wait) -> None:
        """End all sessions and remove what is theirs."""
        zygote, self._zygote = self._zygote, None
        if zygote is not None:
            zygote.close()
            if not zygote.wait(_ENDED_WITHIN_S):
                zygote.kill()
                zygote.wait(_ENDED_WITHIN_S)
        await self._discard(wait)
        for core in list(self._living):
            await core.end(wait)
        if self._directories is not None:
            self._directories.close()

    def _refill(self) -> None:
        while len(self._pool) < self._ready:
            self._pool.append(self._order())

    def _order(self) -> Core:
        assert self._zygote is not None
        directory = None if self._directories is None else self._directories.make()
        interpreter = self._zygote.order(directory)
        on_end = (lambda: None) if directory is None else partial(self._remove, directory)
        isolation = self.setting.isolation
        core = Core(interpreter, isolation.limits, isolation.namespaces, on_end)
        self.keep(core)
        return core

    def _remove(self, directory: str) -> None:
        if self._directories is not None:
            self._directories.remove(directory)

    async def _discard(self, wait: Wait) -> None:
        while self._pool:
            await self._pool.popleft().end(wait)
