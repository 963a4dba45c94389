"""Asking a session one thing, for who waits for the answer."""

from __future__ import annotations

import asyncio

from openenv.sessions.session import Session
from openenv.wire.frames import Reply, Request


async def ask(session: Session, request: Request) -> Reply:
    """The reply to a request; what went wrong is a Failure."""
    asked: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

    def answered(reply: Reply) -> None:
        if not asked.done():
            asked.set_result(reply)

    session.call(request, answered)
    return await asked
