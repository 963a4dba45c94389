"""Gates: pipes at which a step waits until the test lets it go on."""

import os
import platform
import threading
from collections.abc import Callable
from pathlib import Path

from tests.behaviour.remains import eventually
from tests.vector.environments import Do

POLLS = {"x86_64": ("7", "232", "271", "281"), "aarch64": ("22", "73")}
"""The numbers of the system calls poll, epoll_wait, ppoll and epoll_pwait; a thread that runs has none."""


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
    call = Path(f"/proc/self/task/{threading.main_thread().native_id}/syscall")

    def waits() -> bool:
        return call.read_text().split()[0] in POLLS[platform.machine()]

    assert eventually(waits)


def and_it_waits(arrival: Callable[[], None]) -> Callable[[], None]:
    """Until something has come, and the main thread waits."""

    def both() -> None:
        arrival()
        until_it_waits()

    return both
