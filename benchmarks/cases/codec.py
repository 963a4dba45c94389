"""Case: what a step costs between models and messages."""

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.case import Case, Contestant, Effort, Metric, Sample, Target
from benchmarks.interpreters import OURS as OUR_PYTHON
from benchmarks.interpreters import REFERENCE as REFERENCE_PYTHON
from benchmarks.steppers import answering

SMALL = Metric("small step", "µs", better="lower", scale=1e6)
SCREEN = Metric("screen", "µs", better="lower", scale=1e6)
NUMBERS = Metric("list of numbers", "µs", better="lower", scale=1e6)
OURS_V2, OURS_V1 = "ours, v2", "ours, v1"
REFERENCE = "reference (its v1, dicts in the client)"
FLOOR = "floor (msgpack, models, no framework)"


def codec(name: str, *words: str, python: str = OUR_PYTHON) -> Contestant:
    """A program that gives the times of both kinds of steps."""

    @contextmanager
    def opened() -> Iterator[Sample]:
        with answering(*words, python=python) as program:
            yield program.ask

    return Contestant(name, opened)


CASE = Case(
    name="codec",
    title="Encoding and decoding a step",
    about="Time between models and messages without any transport or environment: the action is encoded, decoded and "
    "validated, then the observation, in one thread that plays both sides; of an echo step, of one that shows a "
    "screen of 210×160×3 bytes as a numpy array, and of one that has the screen as a list of numbers, as the reference "
    "always has. In v1 the array is nested lists. Ours make models on both sides, the reference's client leaves dicts.",
    metrics=(SMALL, SCREEN, NUMBERS),
    contestants=(
        codec(OURS_V2, "benchmarks.programs.our_codec", "v2"),
        codec(OURS_V1, "benchmarks.programs.our_codec", "v1"),
        codec(REFERENCE, "benchmarks.reference.codec", python=REFERENCE_PYTHON),
        codec(FLOOR, "benchmarks.floors.codec"),
    ),
    targets=(
        Target(SMALL.name, OURS_V2, 1.0, form="times better", beside=REFERENCE, floor=FLOOR),
        Target(SMALL.name, OURS_V1, 1.0, form="times better", beside=REFERENCE, floor=FLOOR),
        Target(SCREEN.name, OURS_V2, 50.0, form="times better", beside=REFERENCE, floor=FLOOR),
        Target(NUMBERS.name, OURS_V1, 1.0, form="times better", beside=REFERENCE, floor=FLOOR),
    ),
    full=Effort(rounds=15, seconds=0.4),
    quick=Effort(rounds=3, seconds=0.1),
)
