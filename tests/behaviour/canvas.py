"""An environment with arrays."""

from typing import Annotated, Any

import numpy as np

from openenv import Action, EnvClient, Environment, Observation, State, StepResult
from openenv.contract.arrays import ArraySpec


class Paint(Action):
    pixels: Annotated[np.ndarray, ArraySpec("uint8", (2, None))]


class Picture(Observation):
    pixels: Annotated[np.ndarray, ArraySpec("uint8", (2, None))]
    mean: Annotated[np.ndarray, ArraySpec("float32", ())]
    flat: Annotated[np.ndarray, ArraySpec("uint8", shape_in="flat_shape")]
    flat_shape: list[int]


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
        mean = np.asarray(pixels.mean() if pixels.size else 0, np.float32)
        return Picture(pixels=pixels, mean=mean, flat=pixels.T, flat_shape=list(pixels.T.shape))


class CanvasEnv(EnvClient[Paint, Picture, State]):
    """Its client."""


class HookedCanvasEnv(EnvClient[Paint, Picture, State]):
    """A client that keeps what its hook is given."""

    def _parse_result(self, payload: dict[str, Any]) -> StepResult[Any]:
        return StepResult(payload["observation"])
