"""Environments that show in which thread, process and loop they live, and where their output goes."""

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from openenv import Action, EnvClient, Environment, Observation, State


class Look(Action):
    """Do ``what``; ``path`` is a file or a pipe to do it with."""

    what: str = ""
    path: str = ""


class Report(Observation):
    text: str = ""


class Ticker(Environment[Look, Report, State]):
    """Awaits, and has a task of its own that ticks between the calls, into a pipe if it is given one."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        super().__init__()
        self._home = (threading.get_ident(), id(asyncio.get_running_loop()))
        self._ticks = 0
        self._new_tick = asyncio.Condition()
        self._ticking = asyncio.create_task(self._tick())
        self._pipe: int | None = None
        self._farewell = Path(os.devnull)

    def reset(self, **options: Any) -> Report:
        return Report(text="the synchronous one")

    def step(self, action: Look, **options: Any) -> Report:
        return Report(text="the synchronous one")

    async def reset_async(self, farewell: str = os.devnull, pipe: str = "", **options: Any) -> Report:
        self._farewell = Path(farewell)
        self._pipe = os.open(pipe, os.O_RDWR | os.O_NONBLOCK) if pipe else None
        return self._report()

    async def step_async(self, action: Look, **options: Any) -> Report:
        if action.what == "call sys.exit":
            sys.exit("had enough")
        if action.what == "call sys.exit in a task":
            self._leaving = asyncio.create_task(self._leave())
            await asyncio.wait([self._leaving])
        if action.what == "wait for ticks":
            wanted = self._ticks + 3
            async with asyncio.timeout(10), self._new_tick:
                await self._new_tick.wait_for(lambda: self._ticks >= wanted)
        return self._report()

    @property
    def state(self) -> State:
        return State(step_count=self._ticks)

    def close(self) -> None:
        self._ticking.cancel()
        self._farewell.write_text(self._report().text)
        if self._pipe is not None:
            os.close(self._pipe)

    def _report(self) -> Report:
        here = (threading.get_ident(), id(asyncio.get_running_loop()))
        return Report(text="the same loop and thread" if here == self._home else "elsewhere")

    async def _leave(self) -> None:
        sys.exit("had enough")

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(0.001)
            async with self._new_tick:
                self._ticks += 1
                self._new_tick.notify_all()
            if self._pipe is not None:
                with contextlib.suppress(BlockingIOError):  # nobody reads that fast
                    os.write(self._pipe, b".")


class Stay(Environment[Look, Report, State]):
    """Says in which thread and process it is called, and writes the same when it is closed."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        super().__init__()
        self._home = threading.get_ident()
        self._farewell = Path(os.devnull)

    def reset(self, farewell: str = os.devnull, **options: Any) -> Report:
        self._farewell = Path(farewell)
        return self._report()

    def step(self, action: Look, **options: Any) -> Report:
        return self._report()

    @property
    def state(self) -> State:
        return State(episode_id=self._report().text, step_count=os.getpid())

    def close(self) -> None:
        self._farewell.write_text(self._report().text)

    def _report(self) -> Report:
        return Report(text="the same thread" if threading.get_ident() == self._home else "another thread")


class Loud(Environment[Look, Report, State]):
    """Prints in every way there is, also from a child."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        super().__init__()
        print("printed while it was made")

    def reset(self, **options: Any) -> Report:
        print("printed by reset", flush=True)
        return Report(text="ready")

    def step(self, action: Look, **options: Any) -> Report:
        print("printed without a flush")
        os.write(1, b"written below Python\n")
        subprocess.run([sys.executable, "-c", "print('printed by a child')"], check=True)
        print("printed as an error", file=sys.stderr)
        return Report(text="done")

    @property
    def state(self) -> State:
        return State()

    def close(self) -> None:
        print("printed by close")


class LookEnv(EnvClient[Look, Report, State]):
    """The client of all of these."""
