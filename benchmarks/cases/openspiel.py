"""Case: many games of tic-tac-toe at once."""

from benchmarks.case import Case, Effort, Target
from benchmarks.steppers import RATE, stepper

COUNT = 64

OURS, WITH_TEXT = "ours, embedded", "ours, embedded, with text"
IN_PROCESS = "our environment alone, no wire"
BARE = "OpenSpiel itself, in a loop in Python"
FLOOR = "two processes, a socket pair and msgpack"

PROGRAM, LEAST = "benchmarks.programs.our_games", "benchmarks.floors.games"

CASE = Case(
    name="openspiel",
    title=f"{COUNT} games of tic-tac-toe at once",
    about=f"Steps a second of {COUNT} games of tic-tac-toe against a random opponent; the agent takes the first legal "
    "action, and each game is followed by the next, whose beginning counts as a step too. One call steps all of them. "
    "The engine itself is asked for what the agent sees, and makes neither a batch nor an observation of it. The two "
    "processes carry the same fields for this one game, without models, sessions or errors. All cores may be used.",
    metrics=(RATE,),
    contestants=(
        stepper(OURS, PROGRAM, "embedded", str(COUNT), metric=RATE, on_one_core=False),
        stepper(WITH_TEXT, PROGRAM, "text", str(COUNT), metric=RATE, on_one_core=False),
        stepper(IN_PROCESS, PROGRAM, "alone", str(COUNT), metric=RATE, on_one_core=False),
        stepper(FLOOR, LEAST, str(COUNT), metric=RATE, on_one_core=False),
        stepper(BARE, PROGRAM, "bare", str(COUNT), metric=RATE, on_one_core=False),
    ),
    targets=(Target(RATE.name, OURS, 60_000, form="at least", beside=BARE),),
    full=Effort(rounds=9, seconds=0.5),
    quick=Effort(rounds=3, seconds=0.2),
)
