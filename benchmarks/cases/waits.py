"""Case: sessions that compute, and sessions of which some are slow."""

import os

from benchmarks.case import Case, Contestant, Effort, Target
from benchmarks.steppers import RATE, stepper

COUNT, BATCH = 64, 16
CORES = os.cpu_count() or 1

COMPUTING = "ours, 1 ms of computing, lock-step"
COMPUTING_FLOOR = "floor (a process for each core that computes, and nothing else)"
TOGETHER = "ours, one in eight waits 20 ms, lock-step"
FIRST = "ours, one in eight waits 20 ms, send and recv"


def _ours(name: str, *words: str) -> Contestant:
    return stepper(name, "benchmarks.programs.our_waits", *words, metric=RATE, on_one_core=False)


CASE = Case(
    name="waits",
    title="Sessions that take their time",
    about=f"Steps a second of a vector of {COUNT} sessions with a process each. In the first kind a step takes a "
    "millisecond of a processor's time. In the second it waits for a millisecond, and in one session of eight for "
    f"twenty: in lock-step all wait for those, while `recv` takes the first {BATCH} that finish. Nothing of the "
    "reference's compares with it: it has no vectors.",
    metrics=(RATE,),
    contestants=(
        _ours(COMPUTING, "computing", str(COUNT)),
        stepper(COMPUTING_FLOOR, "benchmarks.floors.computing", metric=RATE, on_one_core=False),
        _ours(TOGETHER, "waiting", str(COUNT)),
        _ours(FIRST, "first", str(COUNT), str(BATCH)),
    ),
    targets=(
        Target(RATE.name, COMPUTING, 0.8 * CORES * 1000, form="at least", floor=COMPUTING_FLOOR),
        Target(RATE.name, FIRST, 3.0, form="times better", beside=TOGETHER),
    ),
    full=Effort(rounds=9, seconds=0.5),
    quick=Effort(rounds=3, seconds=0.2),
)
