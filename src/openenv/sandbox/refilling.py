"""Refilling: a thread that does one thing whenever it is woken."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Refilling:
    """Calls ``refill`` once more after each ``wake``, until it is closed."""

    def __init__(self, refill: Callable[[], None]) -> None:
        self._refill = refill
        self._is_closed = False
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="openenv-sandbox-pool", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Soon."""
        self._woken.set()

    def close(self) -> None:
        """When this returns it does nothing any more."""
        self._is_closed = True
        self._woken.set()
        self._thread.join()

    def _loop(self) -> None:
        while True:
            self._woken.wait()
            self._woken.clear()
            if self._is_closed:
                return
            self._refill()
