"""The interpreter: what runs an episode's code, and what comes of each run."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class RunResult:
    """What a piece of code printed, and how it ended.

    ``alive`` says that the interpreter has kept its variables and can run more; ``timed_out`` that the code took longer
    than it was given.
    """

    stdout: str = ""
    stderr: str = ""
    exit_code: int = 0
    alive: bool = True
    timed_out: bool = False


class Interpreter(Protocol):
    """Runs pieces of Python code one after another in one namespace, for one caller at a time."""

    isolation: str
    """What keeps the code from the rest of the machine: ``none``, or the mechanism's name."""

    def run(self, code: str, *, timeout_s: float) -> RunResult:
        """Run the code. Whatever it does is a result; what is raised is a fault of this machine."""
        ...

    def close(self) -> None:
        """End what the code started and remove what it wrote. Calling it again does nothing."""
        ...
