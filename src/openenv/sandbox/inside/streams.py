"""The state of an interpreter that its code may spoil, and that each piece of code finds as it was."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # the functions of `signal` need built-ins that may be gone
import builtins
import ctypes
import os
import sys
from os import dup2

_BUILTINS = vars(builtins)
_AS_THEY_WERE = dict(_BUILTINS)
_SIGNALS = tuple(int(number) for number in _signal.valid_signals() if number not in (9, 19))
_TIMERS = (_signal.ITIMER_REAL, _signal.ITIMER_VIRTUAL, _signal.ITIMER_PROF)
_HOOKS = {name: getattr(sys, name) for name in ("displayhook", "excepthook", "unraisablehook")}

# Built-ins of this module's own, so that its functions work when the code deletes or replaces some.
globals()["__builtins__"] = dict(_BUILTINS)


def ignore(number: int, frame: object) -> None:
    """A handler and not SIG_IGN, which programs that the code starts would inherit."""


class Streams:
    """The standard streams, the built-ins, the signals and the hooks of this process."""

    def __init__(self) -> None:
        self._flush_c = ctypes.CDLL(None).fflush
        self._standard = [os.dup(fd) for fd in range(3)]
        self._handlers = {number: _signal.getsignal(number) for number in _SIGNALS}

    def replace(self, output: int, errors: int) -> None:
        """In a branch: other standard streams."""
        for kept, fd in zip(self._standard[1:], (output, errors), strict=True):
            dup2(fd, kept, inheritable=False)

    def close(self) -> None:
        """Nothing is restored from here on."""
        for fd in self._standard:
            os.close(fd)

    def restore(self) -> None:
        """Each piece of code begins with this, whatever the one before has done."""
        _BUILTINS.update(_AS_THEY_WERE)
        sys.settrace(None)
        sys.setprofile(None)
        for name, hook in _HOOKS.items():
            setattr(sys, name, hook)
        self._restore_signals()
        for fd, kept in enumerate(self._standard):
            dup2(kept, fd)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - the code's, as are the two below
        for name, fd in (("stdout", 1), ("stderr", 2)):
            stream = open(  # noqa: SIM115
                fd, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False
            )
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)

    def flush(self) -> None:
        """What is in buffers, of Python and of C, goes out."""
        for name in ("stdout", "stderr", "__stdout__", "__stderr__"):
            try:  # noqa: SIM105 - contextlib needs built-ins that the code may have deleted
                getattr(sys, name).flush()
            except Exception:  # the code has closed it, or put something else in its place
                pass
        self._flush_c(None)

    def print_error(self, text: str) -> None:
        """To the pipe itself: the code may have replaced sys.stderr, or closed it."""
        self.flush()
        data = text.encode("utf-8", "backslashreplace")
        while data:
            data = data[os.write(self._standard[2], data) :]

    def _restore_signals(self) -> None:
        _signal.pthread_sigmask(_signal.SIG_SETMASK, ())
        for timer in _TIMERS:
            _signal.setitimer(timer, 0)
        for number, handler in self._handlers.items():
            if number != _signal.SIGINT and _signal.getsignal(number) is not handler:
                _signal.signal(number, handler)
