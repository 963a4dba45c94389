"""Contestants of latency cases: a program that steps, all of it on one core, with its server where it has one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from benchmarks.case import Contestant, Metric, Sample
from benchmarks.interpreters import OURS, REFERENCE, pinned
from benchmarks.processes import START_TIMEOUT_S, ContestantFailed, Program
from benchmarks.servers import our_server, reference_server

STEP = Metric("step", "µs", better="lower", scale=1e6)
RATE = Metric("rate", "steps/s", better="higher")
"""The same, as how many there are in a second."""

ECHO = '{"message":"hello"}'
PRESS = '{"action_id":1}'
"""The actions of the echo environment and of the one with screens, for the reference's client."""

Server = Callable[[], AbstractContextManager[tuple[str, Program]]]


@contextmanager
def answering(*words: str, python: str = OURS, on_one_core: bool = True) -> Iterator[Program]:
    """``python -m WORDS``, a program that is warm when it says so, and then answers rounds."""
    command = [python, "-m", *words]
    with Program(pinned(command) if on_one_core else command) as program:
        if (line := program.line(START_TIMEOUT_S)) != '"ready"':
            raise ContestantFailed(f"{' '.join(command)} began with {line!r}")
        yield program


def stepper(
    name: str,
    *words: str,
    python: str = OURS,
    server: Server | None = None,
    metric: Metric = STEP,
    on_one_core: bool = True,
) -> Contestant:
    """A program that answers with the time of a step; ``URL`` among the words is the server's."""

    def sampled(program: Program, seconds: float) -> dict[str, float]:
        step_s = program.ask(seconds)
        return {metric.name: 1 / step_s if metric is RATE else step_s}

    @contextmanager
    def opened() -> Iterator[Sample]:
        with (
            server() if server else nullcontext(("", None)) as (url, _),
            answering(*(word.replace("URL", url) for word in words), python=python, on_one_core=on_one_core) as program,
        ):
            yield lambda seconds: sampled(program, seconds)

    return Contestant(name, opened)


def our_stepper(name: str, *, wire: str, host_sessions: str = "thread") -> Contestant:
    """Our synchronous client over WebSocket."""
    words = ("benchmarks.programs.our_steps", "websocket", "URL", wire)
    return stepper(name, *words, server=lambda: our_server(host_sessions=host_sessions, on_one_core=True))


def reference_stepper(
    name: str, *, server: str = "benchmarks.reference.app", action: str = ECHO, metric: Metric = STEP
) -> Contestant:
    """The reference's synchronous client over WebSocket."""
    return stepper(
        name,
        "benchmarks.reference.steps",
        "URL",
        action,
        python=REFERENCE,
        server=lambda: reference_server(program=server, on_one_core=True),
        metric=metric,
    )
