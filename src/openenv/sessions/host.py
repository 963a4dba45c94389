"""Hosts: where a session's environment runs."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Protocol

from openenv.sessions.factory import EnvironmentFactory
from openenv.wire.frames import Reply, Request


class HostKind(StrEnum):
    """The ways to run an environment beside a server."""

    THREAD = "thread"
    PROCESS = "process"

    @classmethod
    def for_factory(cls, factory: EnvironmentFactory) -> HostKind:
        """What the environment's class declares: one that is safe beside others gets a thread, else a process."""
        return cls.THREAD if factory.supports_concurrency else cls.PROCESS


class Host(Protocol):
    """Runs one live environment. Calls are answered in the order in which they are made."""

    async def start(self) -> None:
        """Make the environment; EnvironmentFactoryError says why it cannot be made."""
        ...

    def call(self, request: Request) -> asyncio.Future[Reply]:
        """The reply to one request, with the channel and the id of the request. What goes wrong is a Failure."""
        ...

    async def close(self) -> None:
        """Close the environment after the calls that were made, and end what runs it."""
        ...
