"""Case: 200 connections at once."""

from benchmarks.case import Case, Contestant, Effort, Target
from benchmarks.interpreters import OURS as PYTHON
from benchmarks.loaded import CPU, RATE, loaded
from benchmarks.servers import our_server, reference_server, serving

CONNECTIONS = 200

OURS, INLINE, REFERENCE, RAW = "ours, thread host", "ours, inline host", "reference", "raw WebSocket echo"
FLOOR = "floor (uvicorn, a thread for each session, JSON, models, no framework)"
INLINE_FLOOR = "floor of the inline host (picows, JSON, models, no framework)"


def least(name: str, *words: str) -> Contestant:
    """A server without a framework."""
    return loaded(name, lambda: serving([PYTHON, "-m", *words]), connections=CONNECTIONS)


CASE = Case(
    name="connections",
    title=f"{CONNECTIONS} connections, small JSON messages (v1)",
    about=f"Replies a second when {CONNECTIONS} connections each send a step of the echo environment, wait for the "
    "reply and send the next; and the processor's time that the server uses for each. Connecting is not "
    "counted. Ours is `openenv serve`, as it is and with `--host-sessions inline`. Server and load generator share the "
    "machine's cores. The raw echo looks into no message: it shows what the load generator can do.",
    metrics=(RATE, CPU),
    contestants=(
        loaded(OURS, our_server, connections=CONNECTIONS),
        loaded(INLINE, lambda: our_server(host_sessions="inline"), connections=CONNECTIONS),
        loaded(REFERENCE, reference_server, connections=CONNECTIONS),
        least(RAW, "benchmarks.programs.raw_websocket"),
        least(FLOOR, "benchmarks.floors.websocket_server"),
        least(INLINE_FLOOR, "benchmarks.floors.event_loop_server", "echo-json"),
    ),
    targets=(
        Target(RATE.name, OURS, 2.0, form="times better", beside=REFERENCE, floor=FLOOR),
        Target(RATE.name, INLINE, 10.0, form="times better", beside=REFERENCE, floor=INLINE_FLOOR),
    ),
    full=Effort(rounds=5, seconds=2.0),
    quick=Effort(rounds=3, seconds=0.5),
)
