"""A child process: its exit status, its last words, and what the parent holds of it."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from openenv.errors import SessionCrashed
from openenv.processes.output import Output


class Process(Protocol):
    """A process of ours, whoever started it."""

    release: Callable[[], None]
    """Makes it end by itself, when it knows a way."""

    @property
    def pid(self) -> int | None:
        """None where nobody has told yet."""
        ...

    @property
    def last_words(self) -> str:
        """The last lines that it printed, at most 8 KiB."""
        ...

    def wait(self, timeout_s: float) -> int | None:
        """Its return code, negative for a signal; None when it has not ended by then."""
        ...

    def interrupt(self) -> None:
        """Interrupt what it does (SIGINT)."""
        ...

    def terminate(self) -> None:
        """Ask it to end (SIGTERM)."""
        ...

    def kill(self) -> None:
        """End it and all that is in its process group, at once."""
        ...


class Child:
    """A process that the launcher started."""

    def __init__(self, process: subprocess.Popen[bytes], output: Output) -> None:
        self._process = process
        self._ended = threading.Event()
        self.pid = process.pid
        self.pidfd = os.pidfd_open(process.pid) if hasattr(os, "pidfd_open") else None
        self.output = output
        self.release: Callable[[], None] = self.kill
        self.on_end: Callable[[], None] = lambda: None

    @property
    def last_words(self) -> str:
        """The last lines that it printed, at most 8 KiB."""
        return self.output.last_words

    def wait(self, timeout_s: float) -> int | None:
        """Its return code, negative for a signal; None when it has not ended by then."""
        has_ended = self._ended.is_set() or (timeout_s > 0 and self._ended.wait(timeout_s))
        return self._process.returncode if has_ended else None

    def interrupt(self) -> None:
        """Interrupt what it does (SIGINT)."""
        self._signal(signal.SIGINT)

    def terminate(self) -> None:
        """Ask it to end (SIGTERM)."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it and all that is in its process group, at once."""
        if not self._ended.is_set():
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def reap(self) -> None:
        """Take its exit status; called by the launcher when the kernel says that it has ended."""
        self._process.wait()
        if self.pidfd is not None:
            os.close(self.pidfd)
            self.pidfd = None
        self._ended.set()
        self.on_end()

    def _signal(self, number: int) -> None:
        if not self._ended.is_set():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


def describe_end(returncode: int | None) -> tuple[str, str | None, int | None]:
    """How a process ended: as words, and as the signal's name or the exit status."""
    if returncode is None:
        return "did not end", None, None
    if returncode < 0:
        name = signal.Signals(-returncode).name if -returncode in set(signal.Signals) else f"signal {-returncode}"
        return f"was ended by {name}", name, None
    return f"ended with exit status {returncode}", None, returncode


def crash_of(process: Process, *, within_s: float) -> SessionCrashed:
    """Why the session that lived in a process is gone: how that ended, for which this waits, and what it said last."""
    how, signal_name, status = describe_end(process.wait(within_s))
    words = f"\n{process.last_words}" if process.last_words else ""
    return SessionCrashed(f"the process of the session {how}{words}", signal_name, status)
