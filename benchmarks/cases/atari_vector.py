"""Case: many Atari games at once."""

from benchmarks.case import Case, Effort, Target
from benchmarks.interpreters import ENVPOOL
from benchmarks.steppers import RATE, stepper

COUNT = 64

OURS, EMBEDDED = "ours, in process", "ours, embedded"
ENGINE, IN_CPP = "ALE's AtariVectorEnv", "EnvPool"
FLOOR = "floor (an engine for each game, in a loop in Python)"

PROGRAM, ENVPOOL_PROGRAM = "benchmarks.programs.our_atari_vector", "benchmarks.programs.envpool_atari"

CASE = Case(
    name="atari-vector",
    title=f"{COUNT} Atari games at once",
    about=f"Steps a second of {COUNT} games of Pong, played at random: an action lasts four frames, and its "
    "observation has the last four screens in grey, 84×84. One call steps all of them. All cores may be used.",
    metrics=(RATE,),
    contestants=(
        stepper(OURS, PROGRAM, "inprocess", str(COUNT), metric=RATE, on_one_core=False),
        stepper(EMBEDDED, PROGRAM, "embedded", str(COUNT), metric=RATE, on_one_core=False),
        stepper(ENGINE, PROGRAM, "engine", str(COUNT), metric=RATE, on_one_core=False),
        stepper(FLOOR, "benchmarks.floors.atari_engines", str(COUNT), metric=RATE, on_one_core=False),
        stepper(IN_CPP, ENVPOOL_PROGRAM, str(COUNT), python=ENVPOOL, metric=RATE, on_one_core=False),
    ),
    targets=(Target(RATE.name, OURS, 0.85, form="at least times", beside=ENGINE, floor=FLOOR),),
    full=Effort(rounds=11, seconds=0.6),
    quick=Effort(rounds=3, seconds=0.3),
)
