"""Case: whole episodes in a sandbox."""

from benchmarks.case import Case, Effort, Metric, Target
from benchmarks.sandboxes import OURS, PLAIN, others, ours

EPISODES = Metric("episodes", "episodes/s", better="higher")

CASE = Case(
    name="sandbox-episodes",
    title="Whole episodes in a sandbox",
    about="Episodes a second of creating a session, three pieces of code and closing it, numpy imported; "
    "ours from two threads, the others one after the other.",
    metrics=(EPISODES,),
    contestants=(ours("episodes", EPISODES), *others("episodes", EPISODES)),
    targets=(Target(EPISODES.name, OURS, 100.0, form="at least", beside=PLAIN),),
    full=Effort(rounds=9),
    quick=Effort(rounds=2),
)
