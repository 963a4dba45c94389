"""Case: an array in every step of an embedded environment."""

from benchmarks.case import Case, Effort, Target
from benchmarks.screened import ABOUT, least_screens, our_embedded_screens, raw_screens, reference_screens
from benchmarks.steppers import RATE

OURS, RAW = "ours, embedded, sync client", "raw socket-pair exchange of as many bytes"
REFERENCE = "reference, sync client over WebSocket"
FLOOR = "floor (models, msgpack, no framework)"

CASE = Case(
    name="embedded-arrays",
    title="A screen in every step, embedded",
    about=ABOUT,
    metrics=(RATE,),
    contestants=(
        our_embedded_screens(OURS),
        reference_screens(REFERENCE),
        raw_screens(RAW, "socketpair"),
        least_screens(FLOOR, "benchmarks.floors.embedded_screens"),
    ),
    targets=(
        Target(RATE.name, OURS, 8000, form="at least", beside=REFERENCE, floor=FLOOR),
        Target(RATE.name, OURS, 80, form="times better", beside=REFERENCE, floor=FLOOR),
    ),
    full=Effort(rounds=15, seconds=0.2),
    quick=Effort(rounds=3, seconds=0.1),
)
