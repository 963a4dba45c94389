"""The cart as our environment, in two kinds: one for sessions in processes, and one for sessions that share theirs."""

from typing import Annotated, Any

import numpy as np

from benchmarks.programs.cart import Cart
from openenv import Action, EnvClient, Environment, Observation, State
from openenv.contract.arrays import ArraySpec


class Push(Action):
    """To the left (0) or to the right (1)."""

    direction: int


class Seen(Observation):
    """Place, speed, angle and its speed."""

    at: Annotated[np.ndarray, ArraySpec("float32", (4,))]


class CartEnvironment(Environment[Push, Seen, State]):
    """Every step is rewarded until the end."""

    def __init__(self) -> None:
        super().__init__()
        self._cart = Cart()

    def reset(self, seed: int | None = None, **options: Any) -> Seen:
        self._cart.start(seed)
        return Seen(at=np.array(self._cart.at, np.float32))

    def step(self, action: Push, **options: Any) -> Seen:
        ended = self._cart.push(action.direction)
        return Seen(at=np.array(self._cart.at, np.float32), reward=1.0, done=ended)

    @property
    def state(self) -> State:
        return State()


class SharingCartEnvironment(CartEnvironment):
    """Its calls take microseconds."""

    SUPPORTS_CONCURRENT_SESSIONS = True
    SESSION_HOST = "inline"


class CartEnv(EnvClient[Push, Seen, State]):
    """Their client."""
