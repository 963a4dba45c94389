"""Capacity: how many sessions a machine holds, and who waits for a slot."""

from __future__ import annotations

import asyncio
import functools
import os
from collections import deque
from dataclasses import dataclass

from openenv.errors import CapacityError
from openenv.sessions.host import HostKind

_SESSION_BYTES = {HostKind.INLINE: 64 * 2**10, HostKind.THREAD: 2**20, HostKind.PROCESS: 32 * 2**20}
_DESCRIPTORS = {HostKind.INLINE: 1, HostKind.THREAD: 1, HostKind.PROCESS: 4}
_RESERVED_DESCRIPTORS = 128
_MAX_THREADS = 4096


@functools.cache
def default_capacity(kind: HostKind) -> int:
    """Half the memory's worth of sessions, and no more than there are file descriptors (or 4096 threads) for."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        descriptors = os.sysconf("SC_OPEN_MAX")
    except (ValueError, OSError, AttributeError):  # this system does not say
        return 256
    possible = [memory // 2 // _SESSION_BYTES[kind], (descriptors - _RESERVED_DESCRIPTORS) // _DESCRIPTORS[kind]]
    if kind is HostKind.THREAD:
        possible.append(_MAX_THREADS)
    return max(1, min(possible))


@dataclass(frozen=True)
class Queue:
    """How many may wait for a slot, and for how many seconds."""

    max_waiting: int = 1000
    max_wait_s: float = 30.0


@dataclass(eq=False)
class _Place:
    """In the queue: for how many slots at once."""

    count: int
    given: asyncio.Future[None]


class Slots:
    """So many sessions at a time, whatever runs them; who finds none free waits in order."""

    def __init__(self) -> None:
        self.taken = 0
        self._waiting: deque[_Place] = deque()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    async def take(self, limit: int, queue: Queue, *, count: int = 1, promised: int = 0) -> None:
        """So many slots at once. CapacityError when there will never be so many, when too many wait already, or after
        too long a wait. ``promised`` slots are being freed for who asks now."""
        if self.taken + count <= limit and not self._waiting:
            self.taken += count
            return
        if count > limit:
            raise CapacityError(self.taken, limit, f"{self._text(limit)}; {count} more are asked for at once")
        if len(self._waiting) >= queue.max_waiting + promised:
            others = f", and {len(self._waiting)} clients wait already" if self._waiting else ""
            raise CapacityError(self.taken, limit, self._text(limit) + others)
        mine = _Place(count, asyncio.get_running_loop().create_future())
        self._waiting.append(mine)
        try:
            async with asyncio.timeout(queue.max_wait_s):
                await mine.given
        except BaseException as error:
            if mine in self._waiting:
                self._waiting.remove(mine)
                self._serve(limit)  # who stood behind it may want fewer
            elif not mine.given.cancelled() and mine.given.exception() is None:  # it was given them in the same moment
                self.free(limit, count=count)
            if isinstance(error, TimeoutError):
                waited = f"none became free within {queue.max_wait_s:g} s"
                raise CapacityError(self.taken, limit, f"{self._text(limit)}; {waited}") from error
            raise

    def free(self, limit: int, *, count: int = 1) -> None:
        """Give slots back; who has waited longest gets them."""
        self.taken -= count
        self._serve(limit)

    def _serve(self, limit: int) -> None:
        while self._waiting and self.taken + self._waiting[0].count <= limit:
            mine = self._waiting.popleft()
            if not mine.given.done():
                self.taken += mine.count
                mine.given.set_result(None)

    def refuse_all(self, error: Exception) -> None:
        """Nobody gets one any more."""
        while self._waiting:
            mine = self._waiting.popleft()
            if not mine.given.done():
                mine.given.set_exception(error)

    def _text(self, limit: int) -> str:
        return f"server at capacity: {self.taken} of {limit} sessions are in use"
