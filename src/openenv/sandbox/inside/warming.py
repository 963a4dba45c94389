"""Warming: the zygote does first what every session does. Python writes into the code that it runs, until that is as
fast as it gets, and what it has written here lies on pages that all sessions share."""

from __future__ import annotations

import ctypes
import linecache
import os
import signal
import sys

from openenv.sandbox.inside.plan import Place, Plan
from openenv.sandbox.inside.runner import Runner

_TIMES = 16
_PIECE = b"x = 1\nprint(end='')"
_STREAMS = ("stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__")
_NOWHERE = Place("/", "/", "/", "/")


def warm(plan: Plan) -> None:
    """Afterwards this process is as it was, but for where it works, which each session sets."""
    streams = {name: getattr(sys, name) for name in _STREAMS}
    main, path = sys.modules["__main__"], list(sys.path)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGXFSZ)}
    runner = Runner(os.open(os.devnull, os.O_RDWR), plan=plan, place=_NOWHERE)
    runner.rehearse(_PIECE, times=_TIMES)
    runner.close()
    for _ in range(_TIMES):
        ctypes.pythonapi.PyOS_BeforeFork()
        ctypes.pythonapi.PyOS_AfterFork_Child()  # what Python does in a process that is forked; this one has one thread
    for number, handler in handlers.items():
        signal.signal(number, handler)
    sys.modules["__main__"], sys.path[:] = main, path
    for name, stream in streams.items():
        setattr(sys, name, stream)
    linecache.clearcache()
