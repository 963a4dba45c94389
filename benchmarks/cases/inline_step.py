"""Case: one echo step over WebSocket on loopback, the environment on the server's event loop."""

from benchmarks.case import Case, Effort, Target
from benchmarks.interpreters import OURS
from benchmarks.servers import serving
from benchmarks.steppers import STEP, our_stepper, reference_stepper, stepper

OURS_V2, OURS_V1 = "ours, sync client, inline host, v2", "ours, sync client, inline host, v1"
REFERENCE, RAW = "reference, sync client", "raw TCP echo"
FLOOR = "floor (picows, a bare client, msgpack, models, no framework)"

CASE = Case(
    name="inline-step",
    title="One echo step, WebSocket, inline host",
    about="As the case above, with an environment that runs on the server's event loop. The reference's has a thread: "
    "it knows no other way.",
    metrics=(STEP,),
    contestants=(
        our_stepper(OURS_V2, wire="auto", host_sessions="inline"),
        our_stepper(OURS_V1, wire="v1", host_sessions="inline"),
        reference_stepper(REFERENCE),
        stepper(RAW, "benchmarks.programs.raw_echo", "tcp"),
        stepper(
            FLOOR,
            "benchmarks.floors.inline_step",
            "URL",
            server=lambda: serving(
                [OURS, "-m", "benchmarks.floors.event_loop_server", "echo-msgpack"], on_one_core=True
            ),
        ),
    ),
    targets=(Target(STEP.name, OURS_V2, 5.0, form="times better", beside=REFERENCE, floor=FLOOR),),
    full=Effort(rounds=25, seconds=0.1),
    quick=Effort(rounds=5, seconds=0.05),
)
