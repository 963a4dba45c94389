"""Case: branches of a live session."""

from benchmarks.case import Case, Effort, Metric, Target
from benchmarks.steppers import stepper

FORK = Metric("fork", "ms", better="lower", scale=1e3)
OURS, FLOOR = "ours, embedded, sync client", "floor (a process that forks itself, a socket pair for each branch)"

CASE = Case(
    name="fork",
    title="A live session is forked",
    about="Time for each of 16 branches of a session whose environment holds 100 MB in 100,000 objects, from the call "
    "of `fork` until all clients are connected, each to a process of its own. All of it on one core. The reference "
    "cannot fork a session.",
    metrics=(FORK,),
    contestants=(
        stepper(OURS, "benchmarks.programs.our_forks", metric=FORK),
        stepper(FLOOR, "benchmarks.floors.fork", metric=FORK),
    ),
    targets=(Target(FORK.name, OURS, 10.0, form="at most", beside=FLOOR, floor=FLOOR),),
    full=Effort(rounds=15),
    quick=Effort(rounds=3),
)
