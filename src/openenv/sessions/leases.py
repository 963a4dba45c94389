"""Leases: how long a session lives that nobody uses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Leases:
    """In seconds. A session without a connection lives for ``alone_s`` (over HTTP: since its last request, for
    ``http_s``), and one of which nothing is asked for ``quiet_s``. When the server is full, sessions that have been
    without a connection for ``spare_s`` make room for others."""

    alone_s: float = 900.0
    http_s: float = 900.0
    quiet_s: float = 3600.0
    spare_s: float = 60.0


@dataclass
class Lease:
    """One session's: how long it lives alone and unasked, whether it makes room at once, and whether it has a slot."""

    seconds: float
    quiet_s: float
    spare: bool = False
    counted: bool = True
