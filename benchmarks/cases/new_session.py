"""Case: a new session in a process of its own."""

from benchmarks.case import Case, Effort, Metric, Target
from benchmarks.interpreters import REFERENCE as REFERENCE_PYTHON
from benchmarks.servers import our_server, reference_server
from benchmarks.steppers import stepper

BEGINNING = Metric("new session", "ms", better="lower", scale=1e3)
OURS, THREAD, REFERENCE = "ours, process host", "ours, thread host", "reference (a thread)"
PROGRAM = "benchmarks.programs.our_sessions"

CASE = Case(
    name="new-session",
    title="A new session in a process of its own",
    about="Time from the making of a sync client until the first `reset` of its session has returned: connecting, the "
    "session's process, the environment. The server has had a session of this environment before. Client, "
    "server and the session's process are on the same core. The reference runs no session in a process; its sessions "
    "have threads.",
    metrics=(BEGINNING,),
    contestants=(
        stepper(
            OURS,
            PROGRAM,
            "URL",
            server=lambda: our_server(host_sessions="process", on_one_core=True),
            metric=BEGINNING,
        ),
        stepper(THREAD, PROGRAM, "URL", server=lambda: our_server(on_one_core=True), metric=BEGINNING),
        stepper(
            REFERENCE,
            "benchmarks.reference.sessions",
            "URL",
            python=REFERENCE_PYTHON,
            server=lambda: reference_server(on_one_core=True),
            metric=BEGINNING,
        ),
    ),
    targets=(Target(BEGINNING.name, OURS, 15.0, form="at most", beside=REFERENCE),),
    full=Effort(rounds=15),
    quick=Effort(rounds=3),
)
