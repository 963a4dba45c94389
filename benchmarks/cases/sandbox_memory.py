"""Case: very many idle sessions of a sandbox."""

from benchmarks.case import Case, Effort, Metric, Target
from benchmarks.programs.our_sandbox import SESSIONS
from benchmarks.sandboxes import OURS, ours

MEMORY = Metric("memory", "MB/session", better="lower", scale=1 / (1 << 20))

CASE = Case(
    name="sandbox-memory",
    title=f"{SESSIONS} sessions of a sandbox alive at once",
    about=f"By how much the memory of a sandbox's processes (PSS) has grown for each of {SESSIONS} "
    "sessions, numpy imported, that have run a piece of code and idle. All of them answer once more "
    "before they are closed.",
    metrics=(MEMORY,),
    contestants=(ours("memory", MEMORY),),
    targets=(Target(MEMORY.name, OURS, 4.0, form="at most"),),
    full=Effort(rounds=3),
    quick=Effort(rounds=1),
)
