"""Contestants of latency cases: a program that steps, all of it on one core, with its server where it has one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from benchmarks.case import Contestant, Metric, Sample
from benchmarks.interpreters import OURS, REFERENCE, pinned
from benchmarks.processes import START_TIMEOUT_S, ContestantFailed, Program
from benchmarks.servers import our_server, reference_server

STEP = Metric("step", "µs", better="lower", scale=1e6)

Server = Callable[[], AbstractContextManager[tuple[str, Program]]]


def stepper(
    name: str, *words: str, python: str = OURS, server: Server | None = None, metric: Metric = STEP
) -> Contestant:
    """``python -m WORDS``, a program that answers rounds; ``URL`` among the words is the server's."""

    @contextmanager
    def opened() -> Iterator[Sample]:
        with server() if server else nullcontext(("", None)) as (url, _):
            command = [python, "-m", *(word.replace("URL", url) for word in words)]
            with Program(pinned(command)) as program:
                if (line := program.line(START_TIMEOUT_S)) != '"ready"':
                    raise ContestantFailed(f"{' '.join(command)} began with {line!r}")
                yield lambda seconds: {metric.name: program.ask(seconds)}

    return Contestant(name, opened)


def our_stepper(name: str, *, wire: str, host_sessions: str = "thread") -> Contestant:
    """Our synchronous client over WebSocket."""
    words = ("benchmarks.programs.our_steps", "websocket", "URL", wire)
    return stepper(name, *words, server=lambda: our_server(host_sessions=host_sessions, on_one_core=True))


def reference_stepper(name: str) -> Contestant:
    """The reference's synchronous client over WebSocket."""
    words = ("benchmarks.reference.steps", "URL")
    return stepper(name, *words, python=REFERENCE, server=lambda: reference_server(on_one_core=True))
