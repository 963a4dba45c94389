"""Case: the seeded reset of an Atari game."""

from benchmarks.case import Case, Effort, Metric, Target
from benchmarks.steppers import stepper

RESET = Metric("reset", "ms", better="lower", scale=1e3)

OURS, EMBEDDED, LOAD = "ours, in process", "ours, embedded", "ALE, which loads the game anew"

PROGRAM = "benchmarks.programs.our_atari_resets"

CASE = Case(
    name="atari-reset",
    title="A seeded reset of an Atari game",
    about="Time of a `reset` of Pong with a seed, each with another, without sticky actions. To have the engine itself "
    "begin exactly so, the game is loaded anew.",
    metrics=(RESET,),
    contestants=(
        stepper(OURS, PROGRAM, "inprocess", metric=RESET),
        stepper(EMBEDDED, PROGRAM, "embedded", metric=RESET),
        stepper(LOAD, PROGRAM, "load", metric=RESET),
    ),
    targets=(
        Target(RESET.name, OURS, 8.0, form="at most"),
        Target(RESET.name, EMBEDDED, 8.0, form="at most"),
    ),
    full=Effort(rounds=7, seconds=0.3),
    quick=Effort(rounds=3, seconds=0.1),
)
