"""Case: branches of a live session of a sandbox."""

from benchmarks.case import Case, Effort, Metric, Target
from benchmarks.sandboxes import OURS, ours

FORK = Metric("fork", "ms", better="lower", scale=1e3)

CASE = Case(
    name="sandbox-fork",
    title="A live session of a sandbox is forked",
    about="Time for each of 8 branches of a session with 100 MB in 100,000 objects and 1 MB of files, "
    "until all of them can be asked. Nobody else has this.",
    metrics=(FORK,),
    contestants=(ours("fork", FORK),),
    targets=(Target(FORK.name, OURS, 8.0, form="at most"),),
    full=Effort(rounds=15),
    quick=Effort(rounds=2),
)
