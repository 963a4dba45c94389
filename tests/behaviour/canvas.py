"""An environment with arrays."""

from typing import Annotated, Any

import numpy as np

from openenv import Action, EnvClient, Environment, Observation, State
from openenv.contract.arrays import ArraySpec


class Paint(Action):
    pixels: Annotated[np.ndarray, ArraySpec("uint8", (2, None))]


class Picture(Observation):
    pixels: Annotated[np.ndarray, ArraySpec("uint8", (2, None))]
    mean: Annotated[np.ndarray, ArraySpec("float32", ())]


class Canvas(Environment[Paint, Picture, State]):
    """Arrays in the action and in the observation."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def reset(self, **options: Any) -> Picture:
        return self._show(np.zeros((2, 3), np.uint8))

    def step(self, action: Paint, **options: Any) -> Picture:
        return self._show(255 - action.pixels)

    @property
    def state(self) -> State:
        return State()

    def _show(self, pixels: np.ndarray) -> Picture:
        return Picture(pixels=pixels, mean=np.asarray(pixels.mean(), np.float32))


class CanvasEnv(EnvClient[Paint, Picture, State]):
    """Its client."""
