"""Case: many sessions in one message."""

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.case import Case, Contestant, Effort, Metric, Sample, Target
from benchmarks.steppers import RATE, answering
from benchmarks.vectors import reference_echoes

COUNT = 64
CPU = Metric("cpu", "steps/s of the server's processor time", better="higher")

OURS = "ours, embedded, all in one process"
REFERENCE = f"reference, {COUNT} async clients"


@contextmanager
def _ours() -> Iterator[Sample]:
    with answering("benchmarks.programs.our_batches", on_one_core=False) as program:
        yield lambda seconds: program.ask(seconds)


CASE = Case(
    name="batches",
    title=f"Batches of {COUNT}",
    about=f"Steps a second of {COUNT} sessions of the echo environment, all in one message: end to end, and for each "
    "second of the processor's time that the session worker uses. All cores may be used. The reference steps one "
    "session per message; only its rate is taken.",
    metrics=(RATE, CPU),
    contestants=(Contestant(OURS, _ours), reference_echoes(REFERENCE, count=COUNT)),
    targets=(
        Target(RATE.name, OURS, 50_000, form="at least", beside=REFERENCE),
        Target(CPU.name, OURS, 100_000, form="at least"),
    ),
    full=Effort(rounds=9, seconds=0.5),
    quick=Effort(rounds=3, seconds=0.2),
)
