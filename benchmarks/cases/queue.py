"""Case: more clients than there is room for."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from benchmarks.case import Case, Contestant, Effort, Metric, Sample, Target
from benchmarks.interpreters import OURS as OUR_PYTHON
from benchmarks.interpreters import REFERENCE as REFERENCE_PYTHON
from benchmarks.processes import Program, run
from benchmarks.servers import our_server, reference_server

CAPACITY, CLIENTS, EPISODES = 8, 256, 10
COMPLETED = Metric("completed", "episodes", better="higher")
WALL = Metric("whole run", "s", better="lower")
OURS, OURS_IN_PROCESSES, REFERENCE = "ours, thread host", "ours, process host", "reference"

_TIMEOUT_S = 120.0


def training(
    name: str, program: str, *, python: str, server: Callable[[], AbstractContextManager[tuple[str, Program]]]
) -> Contestant:
    """A trainer against a small server of its own kind."""

    @contextmanager
    def opened() -> Iterator[Sample]:
        with server() as (url, _):

            def sample(seconds: float) -> dict[str, float]:
                command = [python, "-m", program, url, str(CLIENTS), str(EPISODES)]
                found = json.loads(run(command, timeout_s=_TIMEOUT_S).printed)
                return {COMPLETED.name: found["completed"], WALL.name: found["seconds"]}

            yield sample

    return Contestant(name, opened)


def ours(name: str, host_sessions: str) -> Contestant:
    """Our client and our server."""
    options = ["--max-sessions", str(CAPACITY)]
    return training(
        name,
        "benchmarks.programs.our_trainer",
        python=OUR_PYTHON,
        server=lambda: our_server(host_sessions=host_sessions, options=options),
    )


CASE = Case(
    name="queue",
    title=f"{CLIENTS} clients, room for {CAPACITY} sessions",
    about=f"{CLIENTS} clients at once, each with {EPISODES} episodes of 5 steps, each in a new session, on a server "
    f"that takes {CAPACITY} sessions at a time: how many of the {CLIENTS * EPISODES:,} episodes come to their end, and "
    "how long all of it takes. A client that is refused loses that episode and goes on with the next one. Ours wait in "
    "the server's queue, with all times as they are by default; the reference refuses.",
    metrics=(COMPLETED, WALL),
    contestants=(
        ours(OURS, "thread"),
        ours(OURS_IN_PROCESSES, "process"),
        training(
            REFERENCE,
            "benchmarks.reference.trainer",
            python=REFERENCE_PYTHON,
            server=lambda: reference_server(capacity=CAPACITY),
        ),
    ),
    targets=tuple(
        Target(COMPLETED.name, name, CLIENTS * EPISODES, form="at least", beside=REFERENCE)
        for name in (OURS, OURS_IN_PROCESSES)
    ),
    full=Effort(rounds=1),
    quick=Effort(rounds=1),
)
