"""Seats: the places for the sessions of a vector, and the sources that their sessions come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from openenv.client.protocol_access import ProtocolAccess
from openenv.errors import OpenEnvError
from openenv.vector.line import Line
from openenv.vector.messages import Rider


@dataclass(eq=False)
class Source:
    """Where sessions come from: a client's server, or its runtime."""

    access: ProtocolAccess[Any, Any, Any]
    seats: list[Seat] = field(default_factory=list)
    """For its sessions; a session with seats has them all."""
    shares: bool | None = None
    """One line carries all of its sessions; None until that is known."""
    line: Line | None = None
    """The one that is shared, or that the first of them is on."""
    seated: int | None = None
    """The channel of the session with seats."""
    first: Seat | None = None
    """The one whose session will tell how they live."""
    waiting: list[Seat] = field(default_factory=list)
    """Those for whom that is to be known first."""

    def lose_seated(self) -> None:
        """The session with seats is gone: the next one tells again."""
        if self.seated is not None:
            self.seated = self.shares = None


@dataclass(eq=False)
class Seat(Rider):
    """A place for one session after the other."""

    source: Source = field(kw_only=True)
    line: Line | None = None
    """On which it rides; None while there is no session."""
    lost: OpenEnvError | None = None
    """Why the last session is gone."""
