"""Contestants of throughput cases: a server under the load of connections that each ask, wait and ask again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from benchmarks.case import Contestant, Metric, Sample
from benchmarks.interpreters import OURS
from benchmarks.processes import Program, run

RATE = Metric("rate", "messages/s", better="higher")
CPU = Metric("server CPU", "µs/message", better="lower", scale=1e6)

Server = Callable[[], AbstractContextManager[tuple[str, Program]]]


def loaded(name: str, server: Server, *, connections: int) -> Contestant:
    """A server, and how it answers so many connections."""

    @contextmanager
    def opened() -> Iterator[Sample]:
        with server() as (url, program):

            def sample(seconds: float) -> dict[str, float]:
                words = [url, program.pid, connections, seconds]
                load = json.loads(run([OURS, "-m", "benchmarks.load", *map(str, words)]).printed)
                messages = load["messages"]
                return {RATE.name: messages / load["seconds"], CPU.name: load["server_cpu_s"] / messages}

            sample(0.3)  # a warm-up
            yield sample

    return Contestant(name, opened)
