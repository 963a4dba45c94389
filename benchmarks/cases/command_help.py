"""Case: how soon the command line answers."""

from benchmarks.case import Case, Contestant, Effort, Metric, Target
from benchmarks.interpreters import OURS as OUR_PYTHON
from benchmarks.interpreters import REFERENCE as REFERENCE_PYTHON
from benchmarks.interpreters import console_script
from benchmarks.one_shots import one_shot
from benchmarks.processes import run

WALL = Metric("wall time", "s", better="lower")
OURS, REFERENCE, RAW = "ours, `openenv --help`", "reference, `openenv --help`", "raw, `python -c pass`"


def command(name: str, *words: str) -> Contestant:
    """A command, from its start to its end."""

    return one_shot(name, lambda: {WALL.name: run(words).wall_s})


CASE = Case(
    name="help",
    title="The command line",
    about="Wall time of the whole command.",
    metrics=(WALL,),
    contestants=(
        command(OURS, console_script(OUR_PYTHON), "--help"),
        command(REFERENCE, console_script(REFERENCE_PYTHON), "--help"),
        command(RAW, OUR_PYTHON, "-c", "pass"),
    ),
    targets=(Target(WALL.name, OURS, 0.4, form="at most", beside=REFERENCE),),
    full=Effort(rounds=7),
    quick=Effort(rounds=2),
)
