"""Case: one echo step in a process of the session's own."""

from benchmarks.case import Case, Effort, Target
from benchmarks.steppers import STEP, our_stepper

PROCESS_V2, PROCESS_V1 = "ours, process host, v2", "ours, process host, v1"
THREAD_V2, THREAD_V1 = "ours, thread host, v2", "ours, thread host, v1"

CASE = Case(
    name="process-step",
    title="One echo step, WebSocket, process host",
    about="Time of one `step` of the echo environment through the sync client, in a session that has a process of its "
    "own, beside one that has a thread. Client, server and the session's process are on the same core. The "
    "reference runs no session in a process.",
    metrics=(STEP,),
    contestants=(
        our_stepper(PROCESS_V2, wire="auto", host_sessions="process"),
        our_stepper(PROCESS_V1, wire="v1", host_sessions="process"),
        our_stepper(THREAD_V2, wire="auto"),
        our_stepper(THREAD_V1, wire="v1"),
    ),
    targets=(
        Target(STEP.name, PROCESS_V2, 2.5, form="at most times", beside=THREAD_V2),
        Target(STEP.name, PROCESS_V1, 2.5, form="at most times", beside=THREAD_V1),
    ),
    full=Effort(rounds=25, seconds=0.1),
    quick=Effort(rounds=5, seconds=0.05),
)
