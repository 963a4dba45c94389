"""Case: a process that only uses a client."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from benchmarks.case import Case, Contestant, Effort, Metric, Sample, Target
from benchmarks.interpreters import OURS as OUR_PYTHON
from benchmarks.interpreters import REFERENCE as REFERENCE_PYTHON
from benchmarks.one_shots import one_shot
from benchmarks.processes import Program, run
from benchmarks.servers import our_server, reference_server

CPU = Metric("CPU", "s", better="lower")
MODULES = Metric("modules", "", better="lower")
OURS, REFERENCE = "ours, sync client with models", "reference, sync client with dicts"


def client(
    name: str, program: str, *, python: str, server: Callable[[], AbstractContextManager[tuple[str, Program]]]
) -> Contestant:
    """A program that resets once and prints how many modules it holds, against a server of its own kind."""

    @contextmanager
    def opened() -> Iterator[Sample]:
        with server() as (url, _):

            def measure() -> dict[str, float]:
                done = run([python, "-m", program, url])
                return {CPU.name: done.cpu_s, MODULES.name: float(done.printed)}

            with one_shot(name, measure).open() as sample:
                yield sample

    return Contestant(name, opened)


CASE = Case(
    name="client-process",
    title="A process that only uses a client",
    about="A program that connects over WebSocket, resets once and closes: the processor's time of the whole "
    "process, from its start to its end, and how many modules it holds after the reset (an interpreter that "
    "does nothing holds about 60).",
    metrics=(CPU, MODULES),
    contestants=(
        client(OURS, "benchmarks.programs.our_client", python=OUR_PYTHON, server=our_server),
        client(REFERENCE, "benchmarks.reference.client", python=REFERENCE_PYTHON, server=reference_server),
    ),
    targets=(
        Target(CPU.name, OURS, 0.30, form="at most", beside=REFERENCE),
        Target(MODULES.name, OURS, 340, form="at most", beside=REFERENCE),
    ),
    full=Effort(rounds=7),
    quick=Effort(rounds=2),
)
