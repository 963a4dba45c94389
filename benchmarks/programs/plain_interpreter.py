"""The same with a plain interpreter as a child: nothing holds what it runs."""

from benchmarks.programs.other_sandboxes import answered, ask, end, interpreter
from benchmarks.programs.rounds import answer_rounds_of


class Plain:
    """One at a time."""

    def __init__(self) -> None:
        self._command = interpreter("")
        self._process = answered(self._command)

    def reset(self) -> None:
        """Another one."""
        self.close()
        self._process = answered(self._command)

    def step(self) -> None:
        """A piece of code."""
        ask(self._process)

    def close(self) -> None:
        """End it."""
        with self._process:
            end(self._process)


plain = Plain()
answer_rounds_of({"reset": plain.reset, "step": plain.step})
plain.close()
