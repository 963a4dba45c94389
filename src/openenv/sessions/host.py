"""Hosts: where a session's environment runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Any, Protocol

from openenv.errors import ServerError
from openenv.wire.frames import Failure, Fork, Reply, Request

Answered = Callable[[Reply], None]
"""Takes the reply to a request, once, on the event loop."""


def nobody_minds(error: ServerError) -> None:
    """Whom a host tells that it is lost, until somebody wants to know."""


BranchesMade = Callable[["Failure | Sequence[Host]"], None]
"""Takes the hosts of branches, or why there are none, once, on the event loop."""


class HostKind(StrEnum):
    """The ways to run an environment beside a server."""

    INLINE = "inline"
    THREAD = "thread"
    PROCESS = "process"

    @classmethod
    def for_class(cls, environment: type[Any] | None) -> HostKind:
        """What the class declares; where nobody knows the class, it counts as not safe to share a process."""
        if environment is None:
            return cls.PROCESS
        chosen = getattr(environment, "SESSION_HOST", None)
        if chosen is not None:
            return cls(chosen)
        alone = getattr(environment, "REQUIRES_SINGLE_THREAD_EXECUTOR", False)
        shares = getattr(environment, "SUPPORTS_CONCURRENT_SESSIONS", False)
        return cls.THREAD if shares and not alone else cls.PROCESS


class Host(Protocol):
    """Runs one live environment. Calls are answered in the order in which they are made."""

    answer: Callable[[Request], Reply] | None
    """Carries out a request while it is called. None where that would take the event loop's time."""

    lost: Callable[[ServerError], None]
    """Called once, on the event loop, when what runs it has ended by itself."""

    @property
    def seats(self) -> int:
        """How many episodes it has, as soon as it has started."""
        ...

    async def start(self) -> None:
        """Make the environment; EnvironmentFactoryError says why it cannot be made."""
        ...

    def call(self, request: Request, answered: Answered) -> None:
        """Carry out a request; the reply has its channel and its id, and what goes wrong is a Failure. Arrays in it
        may be ``wire.values.Packed``."""
        ...

    def fork(self, request: Fork, forked: BranchesMade) -> None:
        """Make hosts of branches, started, behind the calls that were made; or the Failure that says why not."""
        ...

    def interrupt(self) -> None:
        """Cut short what runs, where this host can: the environment sees a KeyboardInterrupt."""
        ...

    def abandon(self) -> None:
        """End at once what can be ended: a process. Calls that were made are answered all the same, if ever."""
        ...

    async def close(self) -> None:
        """Close the environment after the calls that were made, and end what runs it."""
        ...

    async def ended(self) -> None:
        """Wait until nothing of it is left: its thread, its process."""
        ...


async def close_all(hosts: Iterable[Host]) -> None:
    """Close them, none behind another."""
    await asyncio.gather(*(host.close() for host in hosts))
