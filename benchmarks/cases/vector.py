"""Case: many environments at once."""

from benchmarks.case import Case, Effort, Target
from benchmarks.steppers import RATE
from benchmarks.vectors import (
    envpool_vector,
    gymnasium_vector,
    our_vector,
    our_vector_over_websocket,
    reference_vector,
)

COUNT = 64

SHARING, APART = "ours, embedded, all in one process", "ours, embedded, a process each"
WEBSOCKET = "ours, one WebSocket, inline host"
REFERENCE = f"reference, {COUNT} async clients"
GYMNASIUM_APART, GYMNASIUM_SHARING = (
    "Gymnasium, AsyncVectorEnv (a process each)",
    "Gymnasium, SyncVectorEnv (its caller's)",
)
IN_CPP = "EnvPool, its own in C++"

CASE = Case(
    name="vector",
    title=f"{COUNT} environments at once",
    about=f"Steps a second of a vector of {COUNT} carts that balance poles, whose physics, in Python, takes a "
    "microsecond or two; one call steps all of them and gives their observations as an array. Actions are random: an "
    "episode lasts about twenty steps, and is followed by the next. All cores may be used. Gymnasium's SyncVectorEnv "
    "and EnvPool isolate nothing and have no wire: they show what that costs.",
    metrics=(RATE,),
    contestants=(
        our_vector(SHARING, sessions="sharing", count=COUNT),
        our_vector(APART, sessions="apart", count=COUNT),
        our_vector_over_websocket(WEBSOCKET, count=COUNT),
        reference_vector(REFERENCE, count=COUNT),
        gymnasium_vector(GYMNASIUM_APART, mode="async", count=COUNT),
        gymnasium_vector(GYMNASIUM_SHARING, mode="sync", count=COUNT),
        envpool_vector(IN_CPP, count=COUNT),
    ),
    targets=(
        Target(RATE.name, SHARING, 10.0, form="times better", beside=REFERENCE),
        Target(RATE.name, WEBSOCKET, 5.0, form="times better", beside=REFERENCE),
        Target(RATE.name, SHARING, 3.0, form="times better", beside=GYMNASIUM_APART),
    ),
    full=Effort(rounds=9, seconds=0.5),
    quick=Effort(rounds=3, seconds=0.2),
)
