"""Gates: pipes at which a step waits until the test lets it go on."""

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from tests.behaviour.remains import eventually
from tests.vector.environments import Do


class Gate:
    """``waiting`` is the action that comes to it."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = str(path)
        self.waiting = Do(what="wait", until=self.path)
        self._writer: int | None = None

    def arrival(self) -> None:
        """Until somebody has come to it."""
        self._writer = os.open(self.path, os.O_WRONLY)

    def open(self) -> None:
        """Let who has come go on."""
        if self._writer is not None:
            os.close(self._writer)
            self._writer = None


def until_it_waits() -> None:
    """The main thread waits for connections, in the kernel: a signal that comes a moment before would not wake it."""
    main = threading.main_thread()

    def waits() -> bool:
        assert main.ident is not None
        channel = Path(f"/proc/self/task/{main.native_id}/wchan").read_text()
        return "select" in sys._current_frames()[main.ident].f_code.co_name and ("poll" in channel or channel == "0")

    assert eventually(waits)


def and_it_waits(arrival: Callable[[], None]) -> Callable[[], None]:
    """Until something has come, and the main thread waits."""

    def both() -> None:
        arrival()
        until_it_waits()

    return both
