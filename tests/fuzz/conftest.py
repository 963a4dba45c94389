"""Servers that are fuzzed, each with a client that means well; in the end they are as they were."""

import contextlib
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.behaviour.colours import BOUND_S
from tests.behaviour.servers import ROOT, Server
from tests.fuzz.served import TARGET
from tests.fuzz.workshop import Paint, WorkshopEnv

HOSTS = ("inline", "thread", "process")


@dataclass
class Fuzzed:
    """A server, and the healthy client of each host."""

    url: str
    pid: int
    log: Path
    clients: dict[str, Any]

    def address(self, host: str) -> str:
        return f"{self.url.replace('http', 'ws')}/{host}/Workshop/ws"

    def is_well(self, host: str) -> bool:
        """Its healthy client goes on, and a new one is served."""
        client = self.clients[host]
        before = client.step(Paint()).observation.position
        with WorkshopEnv(f"{self.url}/{host}/Workshop", message_timeout_s=BOUND_S) as another:
            fresh = another.reset().observation.position
        return client.step(Paint(by=1)).observation.position == before + 1 and fresh == 0

    def memory_kib(self) -> int:
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text())
        assert found is not None
        return int(found[1])

    def sessions(self) -> dict[str, int]:
        """How many there are, by host."""
        capacities = {host: httpx2.get(f"{self.url}/{host}/Workshop/capacity").json() for host in HOSTS}
        return {host: capacity["active_sessions"] for host, capacity in capacities.items()}


@pytest.fixture(scope="module", params=["ours", "plain uvicorn"])
def server(request, tmp_path_factory) -> Iterator[Fuzzed]:
    log = tmp_path_factory.mktemp("fuzzed") / "log"
    starting = ours(log) if request.param == "ours" else by_uvicorn(log)
    with starting as (url, pid), contextlib.ExitStack() as ending:
        clients = {host: WorkshopEnv(f"{url}/{host}/Workshop", message_timeout_s=BOUND_S).sync() for host in HOSTS}
        for client in clients.values():
            ending.callback(client.close)
            client.reset()
        yield Fuzzed(url, pid, log, clients)


@contextlib.contextmanager
def ours(log: Path) -> Iterator[tuple[str, int]]:
    server = Server("--short-leases", TARGET, log=log)
    yield server.url, server.pid
    server.close()


@contextlib.contextmanager
def by_uvicorn(log: Path) -> Iterator[tuple[str, int]]:
    command = [sys.executable, "-m", "uvicorn", "--factory", "tests.fuzz.served:app", "--log-level", "warning", "--fd"]
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener, log.open("wb") as errors:
        number = listener.fileno()
        with subprocess.Popen(
            [*command, str(number)], cwd=ROOT, pass_fds=[number], stderr=errors, env=os.environ
        ) as it:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", it.pid
            it.terminate()
