"""Turns: whether a session worker is calling an environment, and what signals mean to it then."""

from __future__ import annotations

import signal


class Turns:
    """Whether an environment is being called, and whether all shall end."""

    def __init__(self) -> None:
        self.calling = False
        self.ending = False


class Signals(Turns):
    """What the parent says while a call runs: SIGINT interrupts the call, SIGTERM ends the worker. The environment
    sees a KeyboardInterrupt, whichever it is."""

    def __init__(self) -> None:
        super().__init__()
        self.closing = False
        signal.signal(signal.SIGINT, self._interrupt)
        signal.signal(signal.SIGTERM, self._end)

    def _interrupt(self, number: int, frame: object) -> None:
        if self.calling:
            raise KeyboardInterrupt

    def _end(self, number: int, frame: object) -> None:
        self.ending = True
        if self.calling:
            raise KeyboardInterrupt
        if not self.closing:
            raise SystemExit(0)
