"""A crowd: very many sessions that are held open together. Each connects, resets, takes one step, and stays."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

import uvloop

from benchmarks.load import Peer, payload_of

_AT_A_TIME = 64
_PATIENCE_S = 120.0
_SESSIONS_PER_ADDRESS = 4096
"""An address of ours has a limited number of ports; loopback has many addresses."""


@dataclass(frozen=True)
class Crowd:
    """How many sessions answered their step and were open when all had; the seconds from the first connection to the
    end of the last one; and the server's resident bytes before and, at most, meanwhile."""

    held: int
    seconds: float
    idle_bytes: int
    highest_bytes: int


class Member(Peer):
    """One session."""

    is_open = True

    def replied(self, frame: bytes) -> None:
        """An observation; who is refused is no member."""
        if json.loads(payload_of(frame))["type"] == "observation":
            super().replied(frame)
        else:
            self.close()

    def connection_lost(self, error: Exception | None) -> None:
        """It is no longer held open."""
        self.is_open = False
        super().connection_lost(error)


async def gather(url: str, *, server_pid: int, sessions: int) -> Crowd:
    """Hold so many sessions open. One more comes and goes before, so that nothing is counted that all of them share."""
    (first,) = await _joined(url, 1)
    first.close()
    idle_bytes = _resident_bytes(server_pid, "VmRSS")
    began = time.perf_counter()
    members = await _joined(url, sessions)
    held = sum(member.is_open for member in members)
    highest_bytes = _resident_bytes(server_pid, "VmHWM")
    for member in members:
        member.close()
    return Crowd(held, time.perf_counter() - began, idle_bytes, highest_bytes)


async def _joined(url: str, sessions: int) -> list[Member]:
    """Those of so many that have answered a step."""
    members: list[Member] = []
    left = iter(range(sessions))
    async with asyncio.timeout(_PATIENCE_S), asyncio.TaskGroup() as together:
        for _ in range(min(_AT_A_TIME, sessions)):
            together.create_task(_join_each(url, left, members))
    return members


async def _join_each(url: str, left: Iterator[int], members: list[Member]) -> None:
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    for number in left:
        here = f"127.0.0.{2 + number // _SESSIONS_PER_ADDRESS}"
        try:
            _, member = await loop.create_connection(
                lambda: Member(parts.netloc), parts.hostname, parts.port, local_addr=(here, 0)
            )
            await member.ready
            member.running = False
            member.begin()
            await member.stopped
        except OSError:  # refused, or hung up
            continue
        members.append(member)


def _resident_bytes(pid: int, field: str) -> int:
    with open(f"/proc/{pid}/status") as status:
        line = next(line for line in status if line.startswith(f"{field}:"))
    return int(line.split()[1]) * 1024


def main() -> None:
    """``python -m benchmarks.crowd URL SERVER_PID SESSIONS`` prints what it found as JSON."""
    url, server_pid, sessions = sys.argv[1:]
    print(json.dumps(asdict(uvloop.run(gather(url, server_pid=int(server_pid), sessions=int(sessions))))))


if __name__ == "__main__":
    main()
