"""Case: a new session of a sandbox."""

from benchmarks.case import Case, Effort, Metric, Target
from benchmarks.sandboxes import OURS, PLAIN, POOLED, others, ours

CREATE = Metric("create", "ms", better="lower", scale=1e3)

CASE = Case(
    name="sandbox-create",
    title="A new session of a sandbox, numpy imported",
    about="Time from the call of `session` until it can be asked. From the pool: a session that was made "
    "before anybody asked, with 0.1 s between two of them. A plain interpreter is started and "
    "imports numpy; where a container engine runs, a container is started with an interpreter that "
    "imports nothing.",
    metrics=(CREATE,),
    contestants=(ours("create", CREATE), ours("create", CREATE, ready=8), *others("create", CREATE)),
    targets=(
        Target(CREATE.name, OURS, 12.0, form="at most", beside=PLAIN),
        Target(CREATE.name, POOLED, 4.0, form="at most", beside=PLAIN),
    ),
    full=Effort(rounds=15),
    quick=Effort(rounds=2),
)
