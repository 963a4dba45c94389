"""An environment whose calls take as long as they are told."""

import contextlib
import threading
from pathlib import Path
from typing import Any

from openenv import Action, Environment, Observation, State


class Take(Action):
    """``what``: wait for ever, the same without minding interrupts, read a pipe to its end, or just count."""

    what: str = "count"
    path: str = ""


class Count(Observation):
    """How many steps were begun."""

    steps: int


class Stubborn(Environment[Take, Count, State]):
    """Counts the steps that were begun."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        super().__init__()
        self._steps = 0
        self._never = threading.Event()

    def reset(self, what: str = "", **options: Any) -> Count:
        if what:
            self._take(what)
        return Count(steps=self._steps)

    def step(self, action: Take, **options: Any) -> Count:
        self._steps += 1
        if action.what == "read":
            Path(action.path).read_bytes()
        self._take(action.what)
        return Count(steps=self._steps)

    @property
    def state(self) -> State:
        return State(step_count=self._steps)

    def _take(self, what: str) -> None:
        if what == "wait":
            self._never.wait()
        while what == "wait whatever comes":
            with contextlib.suppress(KeyboardInterrupt):
                self._never.wait()


class Unborn(Stubborn):
    """Is never made."""

    def __init__(self) -> None:
        super().__init__()
        self._take("wait")


class Undying(Stubborn):
    """Is never closed."""

    def close(self) -> None:
        self._take("wait whatever comes")
