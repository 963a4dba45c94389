"""Asking one thing, for who waits for the answer."""

from __future__ import annotations

import asyncio
from typing import Protocol

from openenv.sessions.host import Answered
from openenv.wire.frames import Reply, Request


class Callee(Protocol):
    """A session, or a host."""

    def call(self, request: Request, answered: Answered) -> None:
        """Carry out a request."""
        ...


async def ask(callee: Callee, request: Request) -> Reply:
    """The reply to a request; what went wrong is a Failure."""
    asked: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

    def answered(reply: Reply) -> None:
        if not asked.done():
            asked.set_result(reply)

    callee.call(request, answered)
    return await asked
