"""Environments that take their time: by computing, or by waiting for something outside."""

import time
from typing import Any

from openenv import Action, EnvClient, Environment, Observation, State

COMPUTES_S = 0.001
WAITS_S, STRAGGLES_S = 0.001, 0.020


class Go(Action):
    """There is one thing to do."""


class Done(Observation):
    """It was done."""

    step: int


class Computing(Environment[Go, Done, State]):
    """Each step keeps a processor busy for a millisecond of its time."""

    def __init__(self) -> None:
        super().__init__()
        self._steps = 0
        self._straggles = False

    def reset(self, seed: int | None = None, **options: Any) -> Done:
        self._steps, self._straggles = 0, seed is not None and seed % 8 == 0
        return Done(step=0)

    def step(self, action: Go, **options: Any) -> Done:
        end = time.thread_time() + COMPUTES_S
        while time.thread_time() < end:
            pass
        self._steps += 1
        return Done(step=self._steps, reward=1.0)

    @property
    def state(self) -> State:
        return State(step_count=self._steps)


class Waiting(Computing):
    """Each step waits for a millisecond; one session in eight waits twenty times as long."""

    def step(self, action: Go, **options: Any) -> Done:
        time.sleep(STRAGGLES_S if self._straggles else WAITS_S)
        self._steps += 1
        return Done(step=self._steps, reward=1.0)


class GoEnv(EnvClient[Go, Done, State]):
    """Their client."""
