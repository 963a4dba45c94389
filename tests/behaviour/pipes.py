"""Pipes between a test and a step that it holds: the test knows that the step has begun, and ends it when it likes."""

import os
import select
from pathlib import Path

from tests.behaviour.colours import BOUND_S


class Pipes:
    """Two named pipes; ``path`` is what the action tells the environment."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self._begun = path.with_suffix(".begun")
        self._go = path.with_suffix(".go")
        os.mkfifo(self._begun)
        os.mkfifo(self._go)

    def wait_for_step(self) -> int:
        """Until the step has begun; the id of the process in which it runs."""
        descriptor = os.open(self._begun, os.O_RDONLY | os.O_NONBLOCK)
        try:
            ready, _, _ = select.select([descriptor], [], [], BOUND_S)
            assert ready, "the step never began"
            return int(os.read(descriptor, 100))
        finally:
            os.close(descriptor)

    def let_go(self, text: str = "released") -> None:
        """The step returns ``text``. Harmless when nobody is held."""
        try:
            descriptor = os.open(self._go, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # no reader
            return
        os.write(descriptor, text.encode())
        os.close(descriptor)
