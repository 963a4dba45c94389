"""Case: one session of an Atari game, beside the engine itself."""

from benchmarks.case import Case, Contestant, Effort, Target
from benchmarks.servers import our_server
from benchmarks.steppers import PRESS, RATE, reference_stepper, stepper

IN_PROCESS, EMBEDDED = "ours, in process, sync client", "ours, embedded, sync client"
THREAD, PROCESS = "ours, WebSocket, thread host", "ours, WebSocket, process host"
BARE, REFERENCE = "ALE itself, in a loop in Python", "reference, sync client over WebSocket"
MODELS_FLOOR = "floor (ALE and models in one process, no framework)"
FLOOR = "floor (ALE and a socket pair that carries the frame)"
PROCESS_FLOOR = "floor (ALE behind a socket pair and picows, a bare client, msgpack, models, no framework)"

PROGRAM = "benchmarks.programs.our_atari"


def served(name: str, *, host_sessions: str) -> Contestant:
    """Over WebSocket."""

    return stepper(
        name,
        PROGRAM,
        "websocket",
        "URL",
        server=lambda: our_server(environment="atari-env", host_sessions=host_sessions, on_one_core=True),
        metric=RATE,
    )


CASE = Case(
    name="atari",
    title="One session of an Atari game",
    about="Steps a second of Pong, played at random: an action lasts four frames, and its observation has the screen "
    "in colours, 210×160×3 bytes. Client, server or worker, and the engine are all on the same core. The engine itself "
    "is asked for the same frames and the same screens. A round has at least ten steps.",
    metrics=(RATE,),
    contestants=(
        stepper(IN_PROCESS, PROGRAM, "inprocess", metric=RATE),
        stepper(EMBEDDED, PROGRAM, "embedded", metric=RATE),
        served(THREAD, host_sessions="thread"),
        served(PROCESS, host_sessions="process"),
        reference_stepper(REFERENCE, server="benchmarks.reference.atari", action=PRESS, metric=RATE),
        stepper(BARE, PROGRAM, "bare", metric=RATE),
        stepper(MODELS_FLOOR, "benchmarks.floors.in_process_atari", metric=RATE),
        stepper(FLOOR, "benchmarks.floors.embedded_atari", metric=RATE),
        stepper(PROCESS_FLOOR, "benchmarks.floors.websocket_atari", metric=RATE),
    ),
    targets=(
        Target(RATE.name, IN_PROCESS, 0.9, form="at least times", beside=BARE, floor=MODELS_FLOOR),
        Target(RATE.name, EMBEDDED, 0.65, form="at least times", beside=BARE, floor=FLOOR),
        Target(RATE.name, THREAD, 0.45, form="at least times", beside=BARE),
        Target(RATE.name, PROCESS, 0.45, form="at least times", beside=BARE, floor=PROCESS_FLOOR),
        Target(RATE.name, EMBEDDED, 20.0, form="times better", beside=REFERENCE),
        Target(RATE.name, THREAD, 20.0, form="times better", beside=REFERENCE),
    ),
    full=Effort(rounds=20, seconds=0.05, starts=9),
    quick=Effort(rounds=5, seconds=0.1),
)
