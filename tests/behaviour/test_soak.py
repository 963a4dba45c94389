"""Many short sessions end with what the server began with: memory, descriptors, threads and children.

Of 20 sessions 8 run inline, 8 on threads and 4 in processes. In each of these groups some lose their client without a
word, and of those in processes some end their process in a step; all others are closed.
"""

import contextlib
import itertools
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from openenv.errors import SessionCrashed
from tests.behaviour.living import Look, LookEnv
from tests.behaviour.proxy import Proxy
from tests.behaviour.remains import eventually, family, holdings
from tests.behaviour.servers import Server

MIX = [
    *[("inline", "close")] * 7,
    ("inline", "drop"),
    *[("thread", "close")] * 7,
    ("thread", "drop"),
    *[("process", "close")] * 2,
    ("process", "drop"),
    ("process", "crash"),
]
CLIENTS = 4
"""At once."""


EVENT_LOOPS_POOL = min(32, (os.cpu_count() or 1) + 4)
"""Threads that an event loop may have for what blocks (``concurrent.futures.ThreadPoolExecutor``)."""


@dataclass(frozen=True)
class Figures:
    """Of one process."""

    memory_kib: int
    threads: int
    holds: Counter[str]

    @classmethod
    def of(cls, pid: int) -> "Figures":
        status = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        return cls(int(status["VmRSS"].split()[0]), int(status["Threads"]), holdings(pid))

    @property
    def short(self) -> str:
        return f"{self.memory_kib} KiB, {self.threads} threads, {sum(self.holds.values())} descriptors and children"


@pytest.fixture
def server(tmp_path) -> Iterator[Server]:
    server = Server("--short-leases", "tests.behaviour.unruly:Unruly", log=tmp_path / "log")
    yield server
    server.close()


def live(server: Server, host: str, end: str) -> None:
    if end == "drop":
        with contextlib.closing(Proxy(server.port)) as proxy:
            env = LookEnv(f"{proxy.url}/{host}/Unruly", reconnect_timeout_s=0.0).sync()
            env.reset()
            env.step(Look(what="behave"))
        env.close()
        return
    with LookEnv(f"{server.url}/{host}/Unruly") as env:
        env.reset()
        env.step(Look(what="behave"))
        if end == "crash":
            with pytest.raises(SessionCrashed):
                env.step(Look(what="end by exit"))


def live_many(server: Server, count: int) -> None:
    """So many sessions, and then wait until nobody has one."""
    share = count // CLIENTS

    def live_a_share(number: int) -> None:
        for host, end in itertools.islice(itertools.cycle(MIX), number * share, (number + 1) * share):
            live(server, host, end)

    with ThreadPoolExecutor(CLIENTS) as threads:
        list(threads.map(live_a_share, range(CLIENTS)))
    for host in ("inline", "thread", "process"):
        capacity = f"{server.url}/{host}/Unruly/capacity"
        assert eventually(lambda capacity=capacity: httpx2.get(capacity).json()["active_sessions"] == 0)


@pytest.mark.parametrize(
    ("count", "warm_up", "growth_kib"),
    [
        (300, 300, 4096),
        pytest.param(20_000, 2_000, 8192, marks=[pytest.mark.soak, pytest.mark.timeout(900)]),
    ],
)
def test_many_short_sessions_leave_a_server_as_it_was(server, count, warm_up, growth_kib):
    live_many(server, warm_up)
    pids, children = (server.pid, os.getpid()), family(server.pid)
    before = [Figures.of(pid) for pid in pids]
    live_many(server, count)
    assert eventually(lambda: not holdings(server.pid) - before[0].holds), "a descriptor or a child"
    after = [Figures.of(pid) for pid in pids]
    for who, then, now in zip(("server", "clients"), before, after, strict=True):
        print(f"{count} sessions, {who}: {then.short} -> {now.short}")
        assert now.memory_kib - then.memory_kib < growth_kib
        assert now.threads <= then.threads + EVENT_LOOPS_POOL  # which grows when it is busier than before
    assert family(server.pid) == children
