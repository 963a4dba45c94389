"""Case: the coding environment, embedded, beside a plain interpreter as a child."""

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.case import Case, Contestant, Effort, Metric, Sample, Target
from benchmarks.steppers import answering

RESET = Metric("reset", "ms", better="lower", scale=1e3)
STEP = Metric("step", "ms", better="lower", scale=1e3)
OURS, PLAIN = "ours, embedded, sync client", "plain `python -I` as a child (no sandbox)"


def coding(name: str, *words: str) -> Contestant:
    """A program that gives the times of both."""

    @contextmanager
    def opened() -> Iterator[Sample]:
        with answering(*words, on_one_core=False) as program:
            yield program.ask

    return Contestant(name, opened)


CASE = Case(
    name="coding",
    title="The coding environment, embedded",
    about="Time of a `reset`, which ends the session of the episode before and begins another one in the sandbox, and "
    "of a `step` that assigns and prints, through client, worker and sandbox. The plain interpreter is ended and "
    "started again for a reset; a step is a line to it, and one from it.",
    metrics=(RESET, STEP),
    contestants=(
        coding(OURS, "benchmarks.programs.our_coding"),
        coding(PLAIN, "benchmarks.programs.plain_interpreter"),
    ),
    targets=(
        Target(RESET.name, OURS, 20.0, form="at most", beside=PLAIN),
        Target(STEP.name, OURS, 1.0, form="at most", beside=PLAIN),
    ),
    full=Effort(rounds=15, seconds=1.0),
    quick=Effort(rounds=2, seconds=0.4),
)
