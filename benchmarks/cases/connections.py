"""Case: 200 connections at once."""

from benchmarks.case import Case, Effort, Target
from benchmarks.interpreters import OURS as PYTHON
from benchmarks.loaded import CPU, RATE, loaded
from benchmarks.servers import our_server, reference_server, serving

CONNECTIONS = 200

OURS, REFERENCE, RAW = "ours, thread host", "reference", "raw WebSocket echo"
FLOOR = "floor (uvicorn, a thread for each session, JSON, models, no framework)"

CASE = Case(
    name="connections",
    title=f"{CONNECTIONS} connections, small JSON messages (v1)",
    about=f"Replies a second when {CONNECTIONS} connections each send a step of the echo environment, wait for the "
    "reply and send the next; and the processor's time that the server uses for each. Connecting is not "
    "counted. Server and load generator share the machine's cores. The raw echo looks into no message: it "
    "shows what the load generator can do.",
    metrics=(RATE, CPU),
    contestants=(
        loaded(OURS, our_server, connections=CONNECTIONS),
        loaded(REFERENCE, reference_server, connections=CONNECTIONS),
        loaded(RAW, lambda: serving([PYTHON, "-m", "benchmarks.programs.raw_websocket"]), connections=CONNECTIONS),
        loaded(FLOOR, lambda: serving([PYTHON, "-m", "benchmarks.floors.websocket_server"]), connections=CONNECTIONS),
    ),
    targets=(Target(RATE.name, OURS, 2.0, form="times better", beside=REFERENCE, floor=FLOOR),),
    full=Effort(rounds=5, seconds=2.0),
    quick=Effort(rounds=3, seconds=0.5),
)
