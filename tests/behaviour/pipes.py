"""Pipes between a test and a step that it holds: the test knows that the step has begun, and ends it when it likes."""

import os
import select
from pathlib import Path

from tests.behaviour.colours import BOUND_S


class Pipes:
    """Two named pipes, held open here, so that nobody waits for the other end; ``path`` is what the action says."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self._begun, self._go = (_made(path.with_suffix(suffix)) for suffix in (".begun", ".go"))

    def wait_for_step(self) -> int:
        """Until the step has begun; the id of the process in which it runs."""
        ready, _, _ = select.select([self._begun], [], [], BOUND_S)
        assert ready, "the step never began"
        return int(os.read(self._begun, 100))

    def let_go(self, text: str = "released") -> None:
        """The step returns ``text``."""
        os.write(self._go, text.encode())

    def close(self) -> None:
        """Close both."""
        os.close(self._begun)
        os.close(self._go)


def hold(path: Path) -> str:
    """Called by an environment: say that the step has begun, with the process's id, and wait until it is let go; what
    the other pipe says then."""
    go = open_go(path)
    try:
        path.with_suffix(".begun").write_text(str(os.getpid()))
        return wait(go)
    finally:
        os.close(go)


def open_go(path: Path) -> int:
    """The pipe that lets go; whoever writes into it from now on finds a reader."""
    return os.open(path.with_suffix(".go"), os.O_RDONLY | os.O_NONBLOCK)


def wait(go: int) -> str:
    """Until somebody writes into the pipe, or the test closes it."""
    select.select([go], [], [])
    return os.read(go, 4096).decode()


def _made(path: Path) -> int:
    os.mkfifo(path)
    return os.open(path, os.O_RDWR)
