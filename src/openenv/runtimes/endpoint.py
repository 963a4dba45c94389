"""Endpoints: where a session can be reached, and the runtimes that make them."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

from openenv.errors import SessionCrashed, SessionLost
from openenv.processes.child import crash_of
from openenv.processes.forked import Forkable
from openenv.processes.shelf import OthersShelf

_EXIT_WAIT_S = 1.0


@dataclass(frozen=True)
class UrlEndpoint:
    """A server at ``http(s)://`` or ``ws(s)://``."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SocketEndpoint:
    """A session worker of our own at the other end of a socket pair."""

    socket: socket.socket
    child: Forkable
    name: str
    """What messages call the environment."""
    note: Callable[[Forkable], None] = lambda process: None
    """Tells the runtime of a process that it has to wait for when it is closed."""

    def branch(self, session_id: str) -> SocketEndpoint:
        """A branch that the worker has made of itself. SessionLost when it is gone."""
        try:
            sock, process = self.child.take_branch(int(session_id))
        except ConnectionError as error:
            raise SessionLost(f"a branch is gone before it was reached: {error}") from error
        self.note(process)
        return replace(self, socket=sock, child=process)

    @cached_property
    def shelf(self) -> OthersShelf:
        """Where the worker lays large arrays."""
        return OthersShelf(self.child)

    def loss(self) -> SessionCrashed:
        """Why the worker hung up: how its process ended, and the last that it printed."""
        return crash_of(self.child, within_s=_EXIT_WAIT_S)


class Runtime(Protocol):
    """Brings an environment up. ``open`` may be called several times, each time for one more session; it blocks."""

    isolation: str
    """What holds the environment, in words."""

    def open(self) -> object:
        """Where to reach a new session: a UrlEndpoint, a SocketEndpoint, or what the client itself knows how to open.
        RuntimeUnavailable when this machine lacks what it needs."""
        ...

    def close(self) -> None:
        """End what ``open`` started."""
        ...
