"""An environment with a large heap, for the case ``fork``."""

from typing import Any

from openenv import Action, EnvClient, Environment, Observation, State

BRANCHES = 16


def heap() -> list[bytearray]:
    """100 MB in 100,000 objects."""
    return [bytearray(1000) for _ in range(100_000)]


class Laden(Environment[Action, Observation, State]):
    """Does nothing, and holds much."""

    def __init__(self) -> None:
        super().__init__()
        self._heap = heap()

    def reset(self, **options: Any) -> Observation:
        return Observation()

    def step(self, action: Action, **options: Any) -> Observation:
        return Observation()

    @property
    def state(self) -> State:
        return State()


class LadenEnv(EnvClient[Action, Observation, State]):
    """Its client."""
