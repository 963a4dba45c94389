"""Forking: the requests to fork a session, as far as they have come, so that its client can give them up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from openenv.errors import DeadlineExceeded

if TYPE_CHECKING:
    from openenv.sessions.session import Session


class Forking:
    """One request. It waits for slots, is carried out by the session, and has made branches, for which somebody may
    have come."""

    def __init__(self, abandon: Callable[[Session], None]) -> None:
        self._abandon = abandon
        self._waiting: asyncio.Task[None] | None = None
        self._branches: Sequence[Session] = ()
        self._given_up = False
        self.is_over = False

    async def wait(self, slots: Coroutine[Any, Any, None]) -> None:
        """Wait for the slots. DeadlineExceeded when it is given up meanwhile."""
        self._waiting = asyncio.ensure_future(slots)
        try:
            await self._waiting
        except asyncio.CancelledError:
            self._check()
            raise

    async def make(self, branches: Coroutine[Any, Any, list[Session]]) -> list[Session]:
        """Make the branches. DeadlineExceeded when it was given up before that began."""
        try:
            self._check()
        except DeadlineExceeded:
            branches.close()
            raise
        return await branches

    def made(self, branches: Sequence[Session]) -> None:
        """The branches live. DeadlineExceeded when nobody wants them any more: then they have been ended."""
        self._branches = branches
        self.is_over = True
        if self._given_up:
            self.give_up()
            self._check()

    def give_up(self) -> None:
        """Its client does not want it any more: no slot, and none of the branches for which it has not come."""
        self._given_up = True
        if self._waiting is not None:
            self._waiting.cancel()
        for branch in self._branches:
            if not branch.was_taken_over:
                self._abandon(branch)

    def _check(self) -> None:
        if self._given_up:
            raise DeadlineExceeded("fork", message="the request was cancelled")


class Forkings:
    """Those of one session, by the ids of their requests."""

    def __init__(self) -> None:
        self._by_id: dict[int, Forking] = {}

    def begin(self, id: int, *, abandon: Callable[[Session], None]) -> Forking:
        """One more."""
        forking = self._by_id[id] = Forking(abandon)
        return forking

    def give_up(self, id: int) -> None:
        """Its client waits no more for the request with this id, if it is one of these."""
        if (forking := self._by_id.pop(id, None)) is not None:
            forking.give_up()

    def acknowledge(self, up_to: int) -> None:
        """Its client has the replies to the requests up to this id, or has given them up."""
        for id, forking in [*self._by_id.items()]:
            if id <= up_to:
                del self._by_id[id]
                if not forking.is_over:
                    forking.give_up()
