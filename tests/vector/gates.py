"""Gates: pipes at which a step waits until the test lets it go on."""

import os
import sys
import threading
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
    """The main thread waits for connections."""
    main = threading.main_thread().ident
    assert main is not None
    assert eventually(lambda: "select" in sys._current_frames()[main].f_code.co_name)
