"""Case: importing the library."""

from benchmarks.case import Case, Contestant, Effort, Metric, Target
from benchmarks.interpreters import OURS as OUR_PYTHON
from benchmarks.interpreters import REFERENCE as REFERENCE_PYTHON
from benchmarks.one_shots import one_shot
from benchmarks.processes import run

IMPORT = Metric("import", "ms", better="lower", scale=1e3)
WHOLE = Metric("whole process", "ms", better="lower", scale=1e3)
OURS, REFERENCE = "ours, `import openenv`", "reference, `import openenv`"
OUR_CLIENT, REFERENCE_CLIENT = "ours, `from openenv import GenericEnvClient`", "reference, the same"


def importing(name: str, statement: str, python: str) -> Contestant:
    """A fresh interpreter that runs the statement, right after one of the same kind that runs nothing."""

    def measure() -> dict[str, float]:
        nothing, whole = (run([python, "-c", program]).wall_s for program in ("pass", statement))
        return {IMPORT.name: whole - nothing, WHOLE.name: whole}

    return one_shot(name, measure)


CASE = Case(
    name="import",
    title="Importing the library",
    about="Wall time of `python -c 'import openenv'` less that of `python -c pass`, both whole processes, one right "
    "after the other, modules compiled before. Beside it, what the first name costs: both libraries load a "
    "name's module when it is asked for.",
    metrics=(IMPORT, WHOLE),
    contestants=(
        importing(OURS, "import openenv", OUR_PYTHON),
        importing(REFERENCE, "import openenv", REFERENCE_PYTHON),
        importing(OUR_CLIENT, "from openenv import GenericEnvClient", OUR_PYTHON),
        importing(REFERENCE_CLIENT, "from openenv import GenericEnvClient", REFERENCE_PYTHON),
    ),
    targets=(Target(IMPORT.name, OURS, 60, form="at most", beside=REFERENCE),),
    full=Effort(rounds=9),
    quick=Effort(rounds=3),
)
