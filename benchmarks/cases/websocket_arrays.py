"""Case: an array in every step, over WebSocket on loopback."""

from benchmarks.case import Case, Effort, Target
from benchmarks.screened import ABOUT, least_screens, our_screens, raw_screens, reference_screens
from benchmarks.steppers import RATE

OURS, INLINE = "ours, sync client, v2, thread host", "ours, sync client, v2, inline host"
REFERENCE, RAW = "reference, sync client", "raw TCP exchange of as many bytes"
FLOOR = "floor (picows, a bare client, msgpack, models, no framework)"

CASE = Case(
    name="websocket-arrays",
    title="A screen in every step, WebSocket",
    about=ABOUT,
    metrics=(RATE,),
    contestants=(
        our_screens(OURS, host_sessions="thread"),
        our_screens(INLINE, host_sessions="inline"),
        reference_screens(REFERENCE),
        raw_screens(RAW, "tcp"),
        least_screens(FLOOR, "benchmarks.floors.websocket_screens", "URL", served=True),
    ),
    targets=(
        Target(RATE.name, OURS, 3000, form="at least", beside=REFERENCE, floor=FLOOR),
        Target(RATE.name, OURS, 30, form="times better", beside=REFERENCE, floor=FLOOR),
    ),
    full=Effort(rounds=15, seconds=0.2),
    quick=Effort(rounds=3, seconds=0.1),
)
