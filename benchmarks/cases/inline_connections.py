"""Case: 200 connections at once, the environment on the event loop, under plain uvicorn."""

from benchmarks.case import Case, Effort, Target
from benchmarks.loaded import CPU, RATE, loaded
from benchmarks.servers import reference_server, under_uvicorn

CONNECTIONS = 200

OURS, REFERENCE = "ours, inline host, plain uvicorn", "reference"
FLOOR = "floor (uvicorn, JSON, models, no framework)"

CASE = Case(
    name="inline-connections",
    title=f"{CONNECTIONS} connections, inline host, plain uvicorn (v1)",
    about="As the case above, with an environment that runs on the server's event loop, in a server that is started by "
    "`uvicorn module:app` instead of `openenv serve`: with uvicorn's own WebSocket protocol.",
    metrics=(RATE, CPU),
    contestants=(
        loaded(OURS, lambda: under_uvicorn("benchmarks.programs.our_inline:app"), connections=CONNECTIONS),
        loaded(REFERENCE, reference_server, connections=CONNECTIONS),
        loaded(FLOOR, lambda: under_uvicorn("benchmarks.floors.inline_server:app"), connections=CONNECTIONS),
    ),
    targets=(Target(RATE.name, OURS, 3.0, form="times better", beside=REFERENCE, floor=FLOOR),),
    full=Effort(rounds=5, seconds=2.0),
    quick=Effort(rounds=3, seconds=0.5),
)
