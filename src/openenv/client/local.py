"""The in-process runtime: the environment in the client's own process, without isolation and without a wire."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from openenv.client.session import CHANNEL, MakeRequest
from openenv.client.transport import Colour
from openenv.errors import SessionError
from openenv.sessions.dispatch import Dispatch
from openenv.sessions.factory import EnvironmentFactory
from openenv.wire.frames import Close, Failure, Reply


class LocalRuntime:
    """For debugging, and for the fastest single episodes. Timeouts cannot interrupt the environment here."""

    isolation = "none (the client's own process)"

    def __init__(self, factory: Callable[[], Any]) -> None:
        self._factory = factory

    def open(self) -> LocalEndpoint:
        """Import the environment here."""
        return LocalEndpoint(EnvironmentFactory.of(self._factory))

    def close(self) -> None:
        """Nothing was started."""


class LocalEndpoint:
    """An environment factory of this process."""

    def __init__(self, factory: EnvironmentFactory) -> None:
        self._factory = factory

    async def open_session(self, colour: Colour) -> LocalSession:
        """Make the environment."""
        session = LocalSession(Dispatch(self._factory), colour)
        await session.create()
        return session


class LocalSession:
    """A session that is called, not written to."""

    def __init__(self, dispatch: Dispatch, colour: Colour) -> None:
        self._dispatch = dispatch
        self._colour = colour
        self._ids = itertools.count(1)
        self._closed = False

    async def create(self) -> None:
        """Make the environment."""
        await self._colour.run(self._dispatch.create)

    async def call(self, make: MakeRequest, *, timeout_s: float) -> Reply:
        """Call the environment; the time is not enforced."""
        if self._closed:
            raise SessionError("the session is closed")
        reply = await self._colour.run(self._dispatch.handle, make(CHANNEL, next(self._ids)))
        if isinstance(reply, Failure):
            raise reply.error()
        return reply

    async def close(self) -> None:
        """Close the environment."""
        if not self._closed:
            await self.call(Close, timeout_s=0)
            self._closed = True
