"""Case: one echo step over WebSocket on loopback."""

from benchmarks.case import Case, Effort, Target
from benchmarks.interpreters import OURS
from benchmarks.servers import serving
from benchmarks.steppers import STEP, our_stepper, reference_stepper, stepper

OURS_V2, OURS_V1 = "ours, sync client, v2", "ours, sync client, v1"
REFERENCE, RAW = "reference, sync client", "raw TCP echo"
FLOOR = "floor (websockets, uvicorn, a thread, JSON, models, no framework)"

CASE = Case(
    name="websocket-step",
    title="One echo step, WebSocket",
    about="Time of one `step` of the echo environment through the sync client (ours with models, the reference's "
    "with dicts) and a server whose sessions run on threads. Each client and its server, and both ends of the "
    "raw echo, are on the same core.",
    metrics=(STEP,),
    contestants=(
        our_stepper(OURS_V2, wire="auto"),
        our_stepper(OURS_V1, wire="v1"),
        reference_stepper(REFERENCE),
        stepper(RAW, "benchmarks.programs.raw_echo", "tcp"),
        stepper(
            FLOOR,
            "benchmarks.floors.websocket_step",
            "URL",
            server=lambda: serving([OURS, "-m", "benchmarks.floors.websocket_server"], on_one_core=True),
        ),
    ),
    targets=(
        Target(STEP.name, OURS_V2, 2.5, form="times better", beside=REFERENCE, floor=FLOOR),
        Target(STEP.name, OURS_V1, 2.5, form="times better", beside=REFERENCE, floor=FLOOR),
    ),
    full=Effort(rounds=25, seconds=0.1),
    quick=Effort(rounds=5, seconds=0.05),
)
