"""Case: many games of tic-tac-toe at once."""

from benchmarks.case import Case, Effort, Target
from benchmarks.steppers import RATE, stepper

COUNT = 64

OURS, WITH_TEXT = "ours, embedded", "ours, embedded, with text"
IN_PROCESS = "our environment alone, no wire"
BARE = "OpenSpiel itself, in a loop in Python"
LEAST = "two processes, a socket pair and msgpack"
FLOOR = "floor (two processes, a socket pair, msgpack, models, no framework)"

PROGRAM, FLOORS = "benchmarks.programs.our_games", "benchmarks.floors.games"

CASE = Case(
    name="openspiel",
    title=f"{COUNT} games of tic-tac-toe at once",
    about=f"Steps a second of {COUNT} games of tic-tac-toe against a random opponent; the agent takes the first legal "
    "action, and each game is followed by the next, whose beginning counts as a step too. One call steps all of them. "
    "The engine itself is asked for what the agent sees, and makes neither a batch nor an observation of it. Two "
    "processes and no framework carry the same fields, for this one game, without sessions or errors: once with "
    "numbers for actions, once with models, which one dumps and the other checks. All cores may be used.",
    metrics=(RATE,),
    contestants=(
        stepper(OURS, PROGRAM, "embedded", str(COUNT), metric=RATE, on_one_core=False),
        stepper(WITH_TEXT, PROGRAM, "text", str(COUNT), metric=RATE, on_one_core=False),
        stepper(IN_PROCESS, PROGRAM, "alone", str(COUNT), metric=RATE, on_one_core=False),
        stepper(LEAST, FLOORS, str(COUNT), metric=RATE, on_one_core=False),
        stepper(FLOOR, FLOORS, str(COUNT), "models", metric=RATE, on_one_core=False),
        stepper(BARE, PROGRAM, "bare", str(COUNT), metric=RATE, on_one_core=False),
    ),
    targets=(Target(RATE.name, OURS, 60_000, form="at least", beside=BARE, floor=FLOOR),),
    full=Effort(rounds=9, seconds=0.5),
    quick=Effort(rounds=3, seconds=0.2),
)
