"""An environment that keeps account of what it is asked, so that a test sees what was carried out, and how often."""

import uuid
from pathlib import Path
from typing import Any

from pydantic import Field

from openenv import Action, EnvClient, Environment, Observation, State
from tests.behaviour.pipes import hold


class Entry(Action):
    """Write ``mark`` down, and then wait for the pipe ``held_by``, if it is named."""

    mark: int
    held_by: str = ""


class Receipt(Observation):
    """What this reply answers, and all marks so far; ``life`` names the environment's life."""

    mark: int
    life: str
    marks: list[int]


class Account(State):
    """The same as a state."""

    life: str = ""
    marks: list[int] = Field(default_factory=list)


class Ledger(Environment[Entry, Receipt, Account]):
    """Its marks outlive a reset: they count everything that its session has carried out."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        super().__init__()
        self._life = uuid.uuid4().hex
        self._marks: list[int] = []

    def reset(self, mark: int = 0, **options: Any) -> Receipt:
        self._marks.append(mark)
        return self._receipt(mark)

    def step(self, action: Entry, **options: Any) -> Receipt:
        self._marks.append(action.mark)
        if action.held_by:
            hold(Path(action.held_by))
        return self._receipt(action.mark)

    @property
    def state(self) -> Account:
        return Account(life=self._life, marks=list(self._marks), step_count=len(self._marks))

    def _receipt(self, mark: int) -> Receipt:
        return Receipt(mark=mark, life=self._life, marks=list(self._marks))


class LedgerEnv(EnvClient[Entry, Receipt, Account]):
    """Its client."""
