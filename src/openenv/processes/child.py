"""A child process: its exit status, its last words, and what the parent holds of it."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

_KEPT_OUTPUT = 8 * 1024


class Child:
    """A process that the launcher started. ``release`` is what makes it end by itself, when it has such a thing."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._ended = threading.Event()
        self._tail = b""
        self.pid = process.pid
        self.pidfd = os.pidfd_open(process.pid) if hasattr(os, "pidfd_open") else None
        self.release: Callable[[], None] = self.kill

    @property
    def output(self) -> IO[Any]:
        """The pipe that its standard output and error go to."""
        assert self._process.stdout is not None
        return self._process.stdout

    @property
    def last_words(self) -> str:
        """The last lines that it printed, at most 8 KiB."""
        return self._tail.decode(errors="backslashreplace").strip()

    def wait(self, timeout_s: float) -> int | None:
        """Its return code, negative for a signal; None when it has not ended by then."""
        return self._process.returncode if self._ended.wait(timeout_s) else None

    def terminate(self) -> None:
        """Ask it to end (SIGTERM)."""
        if not self._ended.is_set():
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End it and all that is in its process group, at once."""
        if not self._ended.is_set():
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def forward_output(self) -> bool:
        """Copy what it printed to our standard error; False at the end of file."""
        try:
            data = os.read(self.output.fileno(), 65536)
        except BlockingIOError:
            return True
        if data:
            self._tail = (self._tail + data)[-_KEPT_OUTPUT:]
            _write_stderr(data)
        return bool(data)

    def reap(self) -> None:
        """Take its exit status; called by the launcher when the kernel says that it has ended."""
        self._process.wait()
        if self.pidfd is not None:
            os.close(self.pidfd)
            self.pidfd = None
        self._ended.set()


def describe_end(returncode: int | None) -> tuple[str, str | None, int | None]:
    """How a process ended: as words, and as the signal's name or the exit status."""
    if returncode is None:
        return "did not end", None, None
    if returncode < 0:
        name = signal.Signals(-returncode).name if -returncode in set(signal.Signals) else f"signal {-returncode}"
        return f"was ended by {name}", name, None
    return f"ended with exit status {returncode}", None, returncode


def _write_stderr(data: bytes) -> None:
    with suppress(OSError):  # standard error is closed, or a pipe whose reader is gone
        os.write(2, data)
