"""Environments that do what they should not."""

import contextlib
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from openenv import Environment, State
from tests.behaviour.living import Look, Report
from tests.behaviour.pipes import hold, open_go, wait


class Unruly(Environment[Look, Report, State]):
    """Does what an environment should not, as the action says."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def reset(self, what: str = "", path: str = "", **options: Any) -> Report:
        return self._do(what, path) if what else Report(text="ready")

    def step(self, action: Look, **options: Any) -> Report:
        return self._do(action.what, action.path)

    @property
    def state(self) -> State:
        return State(step_count=os.getpid())

    def _do(self, what: str, path: str) -> Any:
        match what:
            case "behave":
                return Report(text="well")
            case "raise":
                raise LookupError("no such drawer")
            case "raise without text":
                raise KeyError
            case "raise what no text can tell":
                raise _Mute
            case "raise past Exception":
                raise _Panic("at the disco")
            case "call sys.exit":
                sys.exit("had enough")
            case "return the wrong thing":
                return 42
            case "return nothing":
                return None
            case "reward with NaN":
                return Report(reward=float("nan"))
            case "reward with infinity":
                return Report(reward=float("-inf"))
            case "return what cannot be sent":
                return Report(metadata={"lock": threading.Lock()})
            case "return much":
                return Report(text="x" * int(path))
            case "end by signal":
                os.kill(os.getpid(), signal.SIGKILL)
            case "end by exit":
                os._exit(3)
            case "end, but leave a child":
                _fork_a_sleeper(Path(path))
                os._exit(4)
            case "mind only the second interrupt":
                with contextlib.suppress(KeyboardInterrupt):
                    hold(Path(path))
                return Report(text=hold(Path(path)))
            case "hold":
                return Report(text=hold(Path(path)))
        raise AssertionError(what)


class _Mute(Exception):
    def __str__(self) -> str:
        raise ValueError("cannot say")


class _Panic(BaseException):
    """As extension modules raise it, past ``except Exception``."""


def _fork_a_sleeper(path: Path) -> None:
    """A child that holds all that this process holds, until somebody writes into the pipe."""
    go = open_go(path)
    if os.fork() == 0:
        wait(go)
        os._exit(0)


class Stillborn(Environment[Look, Report, State]):
    """Its constructor raises."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        raise FileNotFoundError("the level file is missing")

    def reset(self, **options: Any) -> Report:
        return Report()

    def step(self, action: Look, **options: Any) -> Report:
        return Report()

    @property
    def state(self) -> State:
        return State()


class Vanishing(Stillborn):
    """Its constructor ends the process."""

    def __init__(self) -> None:
        os.write(2, b"the driver is too old\n")
        os._exit(5)


class Clinging(Unruly):
    """Its ``close`` raises."""

    def close(self) -> None:
        raise OSError("the door is stuck")
