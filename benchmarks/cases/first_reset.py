"""Case: from the name of an environment to its first observation."""

from benchmarks.case import Case, Contestant, Effort, Metric, Target
from benchmarks.interpreters import OURS as OUR_PYTHON
from benchmarks.interpreters import REFERENCE as REFERENCE_PYTHON
from benchmarks.one_shots import one_shot
from benchmarks.processes import run

WAIT = Metric("wait", "s", better="lower")
OURS, REFERENCE = "ours, embedded", "reference, server on loopback"
RAW = "raw, first byte of a bare interpreter as a child"


def starting(name: str, program: str, *, python: str = OUR_PYTHON) -> Contestant:
    """A program that prints its wait."""

    return one_shot(name, lambda: {WAIT.name: float(run([python, "-m", program]).printed)})


CASE = Case(
    name="first-reset",
    title="From `from_env` to the first reset",
    about="Wall time in a fresh process from before `from openenv import AutoEnv` until the first `reset` of an "
    "embedded echo environment has returned. The reference has no embedded runtime; its nearest is to import "
    "its client, start its server as a child and reset over loopback.",
    metrics=(WAIT,),
    contestants=(
        starting(OURS, "benchmarks.programs.our_first_reset"),
        starting(REFERENCE, "benchmarks.reference.first_reset", python=REFERENCE_PYTHON),
        starting(RAW, "benchmarks.programs.raw_start"),
    ),
    targets=(Target(WAIT.name, OURS, 0.6, form="at most", beside=REFERENCE),),
    full=Effort(rounds=7),
    quick=Effort(rounds=2),
)
