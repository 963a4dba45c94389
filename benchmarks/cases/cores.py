"""Case: environments that keep a processor busy."""

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.case import Case, Contestant, Effort, Metric, Sample, Target
from benchmarks.interpreters import OURS as PYTHON
from benchmarks.loaded import RATE as MESSAGES
from benchmarks.loaded import loaded
from benchmarks.processes import Program
from benchmarks.servers import our_server, reference_server

SESSIONS = 8
BUSY = "benchmarks.programs.busy:BusyEnvironment"
RATE = Metric(MESSAGES.name, "steps/s", better="higher")

OURS, OURS_ALONE = f"ours, process host, {SESSIONS} sessions", "ours, process host, one session"
REFERENCE, REFERENCE_ALONE = f"reference, {SESSIONS} sessions", "reference, one session"
FLOOR = "floor (as many processes as there are cores, nothing but the work)"


def ours(name: str, sessions: int) -> Contestant:
    """Sessions in processes."""
    return loaded(name, lambda: our_server(environment=BUSY, host_sessions="process"), connections=sessions)


def reference(name: str, sessions: int) -> Contestant:
    """Its sessions run in threads."""
    return loaded(name, lambda: reference_server(program="benchmarks.reference.busy"), connections=sessions)


def working(name: str) -> Contestant:
    """The work alone."""

    @contextmanager
    def opened() -> Iterator[Sample]:
        with Program([PYTHON, "-m", "benchmarks.floors.cores"]) as program:
            yield lambda seconds: {RATE.name: program.ask(seconds)}

    return Contestant(name, opened)


CASE = Case(
    name="cores",
    title=f"{SESSIONS} sessions that keep a processor busy",
    about=f"Steps a second of an environment that computes for about 10 ms in each, with {SESSIONS} sessions at once "
    "and with one; every session asks for its next step when it has the last one (v1). Server and load generator "
    "share the machine's cores.",
    metrics=(RATE,),
    contestants=(
        ours(OURS, SESSIONS),
        ours(OURS_ALONE, 1),
        reference(REFERENCE, SESSIONS),
        reference(REFERENCE_ALONE, 1),
        working(FLOOR),
    ),
    targets=(Target(RATE.name, OURS, 1.7, form="times better", beside=OURS_ALONE, floor=FLOOR),),
    full=Effort(rounds=5, seconds=2.0),
    quick=Effort(rounds=3, seconds=0.5),
)
