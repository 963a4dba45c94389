"""Environments that can be forked, each in a way of its own, and some that cannot."""

import copy
import json
import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import numpy as np

from openenv import Action, EnvClient, Environment, Observation, State


class Roll(Action):
    """Throw dice. ``what`` does something else besides."""

    what: str = ""


class Dice(Observation):
    throws: list[float]
    """The first by a generator of the environment's own, then those of the process: Python's, and numpy's."""
    total: int
    process: int


class Table(Environment[Roll, Dice, State]):
    """Counts its throws. It has nothing but a process."""

    def __init__(self) -> None:
        super().__init__()
        self._own = random.Random(0)
        self._total = 0
        self._farewell = Path(os.devnull)

    def reset(self, seed: int | None = None, farewell: str = os.devnull, **options: Any) -> Dice:
        self._own, self._total, self._farewell = random.Random(seed), 0, Path(farewell)
        return self._look([])

    def step(self, action: Roll, **options: Any) -> Dice:
        match action.what:
            case "start a thread":
                threading.Thread(target=threading.Event().wait, name="waiting for ever", daemon=True).start()
            case "start a process":
                self._child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
            case "end the process":
                self._child.communicate(b"\n")
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "print":
                print("printed by a branch", flush=True)
        self._total += 1
        return self._look([self._own.random(), random.random(), float(np.random.random())])

    @property
    def state(self) -> State:
        return State(step_count=self._total)

    def close(self) -> None:
        with self._farewell.open("a") as farewell:
            farewell.write(f"{self._total}\n")

    def _look(self, throws: list[float]) -> Dice:
        return Dice(throws=throws, total=self._total, process=os.getpid())


class CopiedTable(Table):
    """Copies itself."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def fork(self) -> Self:
        return copy.deepcopy(self)


class LodgingTable(CopiedTable):
    """Says that its sessions share a process, and so its branches do."""

    SESSION_HOST = "thread"

    def step(self, action: Roll, **options: Any) -> Dice:
        if action.what == "hang":
            threading.Event().wait()
        return super().step(action)


class CountingTable(LodgingTable):
    """Makes all branches at once, and adds to the total of each how many these are."""

    def fork_many(self, count: int) -> list[Self]:
        branches = super().fork_many(count)
        for branch in branches:
            branch._total += count
        return branches


class SavedTable(Table):
    """Has snapshots."""

    SUPPORTS_CONCURRENT_SESSIONS = True
    SNAPSHOT_VERSION = 3

    def snapshot(self) -> bytes:
        version, state, gauss = self._own.getstate()
        return json.dumps([self._total, [version, state, gauss], str(self._farewell)]).encode()

    def restore(self, snapshot: bytes) -> None:
        self._total, (version, state, gauss), farewell = json.loads(snapshot)
        self._own.setstate((version, tuple(state), gauss))
        self._farewell = Path(farewell)


class VagueTable(SavedTable):
    """Its version is none."""

    SNAPSHOT_VERSION = "1.0"


class FixedTable(Table):
    """Does not want to be forked."""

    SUPPORTS_FORK = False


class BrittleTable(Table):
    """Is forked by a method that raises."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def fork(self) -> Self:
        raise RuntimeError("the table broke")


class BrittleLodgingTable(LodgingTable):
    """Shares its process, and is forked by a method that raises."""

    fork = BrittleTable.fork


class OddTable(Table):
    """Is forked by a method that does what the last step said."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def step(self, action: Roll, **options: Any) -> Dice:
        self._odd = action.what
        return super().step(action)

    def fork(self) -> Any:
        match self._odd:
            case "itself":
                return self
            case "another":
                return Table()
            case "one dies":
                with suppress(FileExistsError):
                    self._farewell.with_suffix(".dead").mkdir()
                    os.kill(os.getpid(), signal.SIGKILL)
                return self
            case "hang":
                with self._farewell.open("a") as begun:
                    begun.write(f"{os.getpid()}\n")
                threading.Event().wait()
        return None


class AwaitedTable(SavedTable):
    """Lives on an event loop, and is forked by its snapshots."""

    async def step_async(self, action: Roll, timeout_s: float | None = None, **options: Any) -> Dice:
        return self.step(action)


class TableEnv(EnvClient[Roll, Dice, State]):
    """The client of all of these."""
