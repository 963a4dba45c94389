"""Case: one echo step of an embedded environment."""

from benchmarks.case import Case, Effort, Target
from benchmarks.steppers import STEP, reference_stepper, stepper

OURS, RAW, REFERENCE = "ours, embedded, sync client", "raw socket-pair echo", "reference, sync client over WebSocket"
FLOOR = "floor (models, msgpack, no framework)"

CASE = Case(
    name="embedded-step",
    title="One echo step, embedded",
    about="Time of one `step` of the echo environment: an action of 5 characters, an observation with a reward. "
    "Client, worker and echo are all on the same core, so that a switch of process costs each of them the "
    "same. The reference has no embedded runtime; its nearest is its sync client with a server on loopback.",
    metrics=(STEP,),
    contestants=(
        stepper(OURS, "benchmarks.programs.our_steps", "embedded"),
        stepper(RAW, "benchmarks.programs.raw_echo", "socketpair"),
        stepper(FLOOR, "benchmarks.floors.embedded_step"),
        reference_stepper(REFERENCE),
    ),
    targets=(
        Target(STEP.name, OURS, 4.0, form="at most times", beside=RAW, floor=FLOOR),
        Target(STEP.name, OURS, 5.0, form="times better", beside=REFERENCE, floor=FLOOR),
    ),
    full=Effort(rounds=25, seconds=0.1),
    quick=Effort(rounds=5, seconds=0.05),
)
