"""An environment that does in its process what a test tells it."""

import atexit
import os
import random
import signal
import subprocess
import threading
from pathlib import Path

from openenv import Action, EnvClient, Environment, Observation, State

IMPORTED_BY = os.getpid()


class Tell(Action):
    """What to do, and with what."""

    what: str
    argument: str = ""


class Told(Observation):
    """What came of it."""

    value: str = ""


class Forked(Environment[Tell, Told, State]):
    """Writes into the file ``journal`` when it is closed."""

    def __init__(self, journal: str = os.devnull) -> None:
        super().__init__()
        self._journal = Path(journal)

    def reset(self, **options: object) -> Told:
        return Told(value=str(os.getpid()))

    def step(self, action: Tell, **options: object) -> Told:
        match action.what:
            case "draw":
                return Told(value=str(random.random()))
            case "who imported":
                return Told(value=str(IMPORTED_BY))
            case "variable":
                return Told(value=os.environ.get(action.argument, "unset"))
            case "directory":
                return Told(value=str(Path.cwd()))
            case "allocate":
                return Told(value=str(len(bytearray(int(action.argument)))))
            case "threads":
                return Told(value=str(len(os.listdir("/proc/self/task"))))
            case "start a child":
                return Told(value=str(subprocess.Popen(["sleep", "1000"]).pid))
            case "register for the end":
                atexit.register(self._note, action.argument)
                return Told()
            case "spin":
                while True:
                    pass
            case "wait":
                threading.Event().wait()
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
        raise ValueError(action.what)

    @property
    def state(self) -> State:
        return State()

    def close(self) -> None:
        self._note("closed")

    def _note(self, word: str) -> None:
        with self._journal.open("a") as journal:
            journal.write(f"{word}\n")


class ForkedEnv(EnvClient[Tell, Told, State]): ...
