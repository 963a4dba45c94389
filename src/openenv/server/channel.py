"""A channel: one session as a connection sees it, and what waits for it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from openenv.sessions.session import Session
from openenv.wire.batches import together
from openenv.wire.frames import Batch, Failure, Reply, Request


class Gathering:
    """The answers to a batch, until all are there."""

    def __init__(self, batch: Batch, answered: Callable[[Reply], None]) -> None:
        self._batch = batch
        self._answered = answered
        self._replies: list[Reply | None] = [None] * len(batch.requests)
        self._missing = len(batch.requests)

    def add(self, reply: Reply, *, place: int) -> None:
        """The answer to one of its requests; behind the last one it is answered itself."""
        self._replies[place] = reply
        self._missing -= 1
        if self._missing == 0:
            self._answered(together(self._batch, [reply for reply in self._replies if reply is not None]))


@dataclass(slots=True, eq=False)
class Waiting:
    """A request, or what is wrong with a message, in its turn; ``gathering`` takes its answer, at ``place``."""

    request: Request | Failure
    gathering: Gathering | None = None
    place: int = 0
    is_cancelled: bool = False
    """It is not to begin."""


class Channel:
    """Whether it carries a request out, and those that wait."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.waiting: deque[Waiting] = deque()
        self.current: Waiting | None = None
        """The one that is carried out, or was last."""
        self.busy = False
        self.working = False
        self.session: Session | None = None
        self.is_own = False
        """The session is this peer's: it was opened here, or taken over with its secret."""
        self.full = False
        self.managing: asyncio.Task[None] | None = None

    def let_go(self) -> Session | None:
        """The session that it had; it is free from now on."""
        session, self.session = self.session, None
        if session is not None:
            session.release()
        return session
