"""Case: a piece of code in a session of a sandbox."""

from benchmarks.case import Case, Effort, Metric, Target
from benchmarks.sandboxes import OURS, SMOLAGENTS, other, others, ours

EXEC = Metric("exec", "ms", better="lower", scale=1e3)

CASE = Case(
    name="sandbox-exec",
    title="A piece of code in a session of a sandbox",
    about="Time of `exec` of an assignment and a `print`, with its output. The plain interpreter reads "
    "code from a pipe and runs it, and nothing holds it. The executor of smolagents interprets "
    "Python's syntax in the process of whoever asks.",
    metrics=(EXEC,),
    contestants=(
        ours("exec", EXEC),
        other(SMOLAGENTS, "exec", "smolagents", EXEC),
        *others("exec", EXEC),
    ),
    targets=(Target(EXEC.name, OURS, 0.3, form="at most", beside=SMOLAGENTS),),
    full=Effort(rounds=15, seconds=0.5),
    quick=Effort(rounds=2, seconds=0.2),
)
