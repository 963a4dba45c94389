"""The environments that these tests serve."""

import asyncio
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import field_validator

from openenv import Action, Environment, Observation, State
from openenv.contract.models import EnvironmentMetadata


class Add(Action):
    """Add ``amount``, and then do ``what``."""

    amount: int = 0
    what: str = ""

    @field_validator("amount")
    @classmethod
    def is_lucky(cls, amount: int) -> int:
        if amount == 13:
            raise ValueError("13 is not added here")
        return amount


class Total(Observation):
    """The sum."""

    total: int


class Count(State):
    """The sum, and where the environment lives."""

    total: int = 0
    made_on_an_event_loop: bool = False
    process: int = 0


def on_an_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class Counter(Environment[Add, Total, Count]):
    """Adds up. It writes into ``journal`` when it is made and when it is closed."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self, journal: str | Path = os.devnull) -> None:
        super().__init__()
        self._journal = Path(journal)
        self._on_loop = on_an_event_loop()
        self._state = self._begin()
        self._note("made")

    def reset(self, seed: int | None = None, episode_id: str | None = None, start: int = 0) -> Total:
        if start < 0:
            raise ValueError("start below zero")
        self._state = self._begin(episode_id=episode_id, total=start)
        return Total(total=start, metadata={} if seed is None else {"seed": seed})

    def step(self, action: Add, timeout_s: float | None = None, **options: Any) -> Total:
        self._state.step_count += 1
        self._state.total += action.amount
        match action.what:
            case "raise":
                raise LookupError("no such drawer")
            case "reward with NaN":
                return Total(total=0, reward=float("nan"))
            case "return a lock":
                return Total(total=0, metadata={"lock": threading.Lock()})
            case "be truncated":
                return Total(total=0, done=True, truncated=True)
            case "say much":
                return Total(total=0, metadata={"much": "x" * 200_000})
            case "exit":
                os._exit(7)
        metadata = {} if timeout_s is None else {"granted": timeout_s}
        return Total(total=self._state.total, reward=1.0, done=self._state.total >= 10, metadata=metadata)

    @property
    def state(self) -> Count:
        return self._state

    def close(self) -> None:
        self._note("closed on an event loop" if on_an_event_loop() else "closed")

    def _begin(self, **fields: Any) -> Count:
        return Count(made_on_an_event_loop=self._on_loop, process=os.getpid(), **fields)

    def _note(self, event: str) -> None:
        with self._journal.open("a") as journal:
            journal.write(f"{event}\n")


class Described(Counter):
    """Knows more about itself than its class does."""

    asked = 0

    def get_metadata(self) -> EnvironmentMetadata:
        self.asked += 1
        place = "on an event loop" if on_an_event_loop() else "on no event loop"
        return EnvironmentMetadata(name="described", description=f"asked {self.asked} times {place}")


class Exercises(Counter):
    """Has tasks."""

    def list_splits(self) -> list[Any]:
        return ["train", "test", "hard", {"name": "secret", "type": "test"}]

    def list_tasks(self, split: str) -> list[Any]:
        if split == "exit":
            os._exit(7)
        return [{"question": f"{split} {n}"} for n in {"train": range(3), "test": range(1)}[split]]

    def num_tasks(self, split: str) -> int:
        return len(self.list_tasks(split))

    def get_task(self, split: str, index: int) -> Any:
        return self.list_tasks(split)[index]

    def get_task_range(self, split: str, start: int | None = None, stop: int | None = None) -> list[Any]:
        return self.list_tasks(split)[start:stop]


class Models(Counter):
    """Its tasks are no plain data."""

    def list_tasks(self, split: str) -> list[Any]:
        return [Add(amount=1, metadata={"path": Path("a")}), np.arange(3)]


def make_counter() -> Counter:
    """A function without a hint of what it makes."""
    return Counter()


make_counter.__annotations__.clear()
