"""The factory of sessions: one zygote, started again when it has ended, and the sessions that are ready beforehand."""

from __future__ import annotations

import os
import threading
import weakref
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from openenv.errors import SessionError, SessionLost
from openenv.sandbox.cgroups import Group
from openenv.sandbox.core import Core
from openenv.sandbox.directories import Directories
from openenv.sandbox.refilling import Refilling
from openenv.sandbox.setting import Setting
from openenv.sandbox.waiting import Wait, block, drive
from openenv.sandbox.zygote import Zygote

_ENDED_WITHIN_S = 10.0
_NOTICED_WITHIN_S = 1.0


class Factory:
    """Orders sessions; up to ``ready`` of them before anybody asks, which costs the caller nothing: the zygote makes
    them while the caller goes on. Where they are put into cgroups, which takes this process's time, a thread does that.
    Threads may share it."""

    def __init__(self, setting: Setting, *, ready: int) -> None:
        self.setting = setting
        self._owner = os.getpid()
        self._ready = ready
        self._directories = None if setting.isolation.namespaces else Directories(user=setting.user)
        self._lock = threading.Lock()  # protects the zygote and the pool, and nobody waits while holding it
        self._zygote: Zygote | None = None
        self._pool: deque[Core] = deque()
        self._given_up: deque[Core] = deque()  # somebody stopped waiting for them to begin
        self._living: weakref.WeakSet[Core] = weakref.WeakSet()
        self._refilling = Refilling(self._refill_begun) if ready and setting.groups is not None else None

    async def begin(self, wait: Wait) -> None:
        """Start the zygote, unless it lives."""
        with self._lock:
            old = self._zygote
            if old is not None and old.is_alive:
                return
            files = None if self._directories is None else self._directories.root
            self._zygote = new = Zygote(self.setting, files=files)
            stale, self._pool = self._pool, deque()
        for core in stale:
            await core.end(wait)
        if old is not None:
            old.wait(_ENDED_WITHIN_S)
        await new.begin(wait)

    async def take(self, wait: Wait) -> Core:
        """A session that has begun."""
        if os.getpid() != self._owner:
            raise SessionError("this sandbox belongs to the process that this one was forked from")
        await self.begin(wait)
        await self._end_given_up(wait)
        while (core := self._pooled()) is not None:
            with suppress(SessionLost):  # it has ended while nobody looked
                self._refill()
                return await self._begun(core, wait)
        try:
            return await self._make(wait)
        except SessionLost:
            zygote = self._zygote
            if zygote is None or not zygote.wait(_NOTICED_WITHIN_S):
                raise
        await self.begin(wait)
        return await self._make(wait)

    async def _make(self, wait: Wait) -> Core:
        core = self._order()
        self._refill()
        return await self._begun(core, wait)

    async def _begun(self, core: Core, wait: Wait) -> Core:
        try:
            if core.has_begun:
                await core.require_alive(wait)
            else:
                await core.begin(wait)
        except BaseException:
            self._given_up.append(core)
            raise
        return core

    async def _end_given_up(self, wait: Wait) -> None:
        while self._given_up:
            await self._given_up.popleft().end(wait)

    def _pooled(self) -> Core | None:
        with self._lock:
            return self._pool.popleft() if self._pool else None

    def keep(self, core: Core) -> None:
        """It ends with this, if not before."""
        self._living.add(core)

    async def close(self, wait: Wait) -> None:
        """End all sessions and remove what is theirs. Nothing in a process that was forked from its own."""
        if os.getpid() != self._owner:
            return
        if self._refilling is not None:
            self._refilling.close()
        with self._lock:
            zygote, self._zygote = self._zygote, None
            living = list(self._living)
            self._pool.clear()
        if zygote is not None:
            zygote.close()
            if not zygote.wait(_ENDED_WITHIN_S):
                zygote.kill()
                zygote.wait(_ENDED_WITHIN_S)
        await self._end_given_up(wait)
        for core in living:
            await core.end(wait)
        if self._directories is not None:
            self._directories.close()
        if self.setting.groups is not None:
            self.setting.groups.close()

    def _refill(self) -> None:
        if self._refilling is not None:
            self._refilling.wake()
            return
        with self._lock:
            while len(self._pool) < self._ready:
                self._pool.append(self._order())

    def _refill_begun(self) -> None:
        """On the refilling thread."""
        with suppress(SessionLost, OSError):  # whoever asks next starts another zygote, or is told what is missing
            while len(self._pool) < self._ready:
                core = self._order()
                drive(core.begin(block))
                self._pool.append(core)

    def _order(self) -> Core:
        zygote = self._zygote
        if zygote is None:
            raise SessionLost("the sandbox is closed")
        directory = None if self._directories is None else self._directories.make()
        groups = self.setting.groups
        group = None if groups is None else groups.make()
        remove, isolation = self._remover(directory, group), self.setting.isolation
        try:
            interpreter = zygote.order(directory)
        except BaseException:
            remove()
            raise
        core = Core(interpreter, isolation.limits, isolation.namespaces, remove, group=group)
        self.keep(core)
        return core

    def _remover(self, directory: str | None, group: Group | None) -> Callable[[], None]:
        if directory is not None and self._directories is not None:
            return partial(self._directories.remove, directory)
        if group is not None and self.setting.groups is not None:
            return partial(self.setting.groups.remove, group)
        return _nothing


def _nothing() -> None:
    """Nothing is to be removed."""
