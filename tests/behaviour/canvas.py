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


class View(Observation):
    pixels: Annotated[np.ndarray, ArraySpec("uint8", (200, 200, 3))]
    depth: Annotated[np.ndarray, ArraySpec("float32", (100, 100))]
    corner: Annotated[np.ndarray, ArraySpec("uint8", (3,))]


class Mural(Environment[Action, View, State]):
    """Large arrays, of which every step changes all elements where they are."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        self._pixels = np.zeros((200, 200, 3), np.uint8)
        self._depth = np.zeros((100, 100), np.float32)

    def reset(self, **options: Any) -> View:
        self._pixels[:] = self._depth[:] = 0
        return self._view()

    def step(self, action: Action, **options: Any) -> View:
        self._pixels += 1
        self._depth += 1
        return self._view()

    @property
    def state(self) -> State:
        return State(step_count=int(self._depth[0, 0]))

    def _view(self) -> View:
        return View(pixels=self._pixels, depth=self._depth.T, corner=self._pixels[0, 0])


class MuralEnv(EnvClient[Action, View, State]):
    """Its client."""


class CanvasEnv(EnvClient[Paint, Picture, State]):
    """Its client."""


class HookedCanvasEnv(EnvClient[Paint, Picture, State]):
    """A client that keeps what its hook is given."""

    def _parse_result(self, payload: dict[str, Any]) -> StepResult[Any]:
        return StepResult(payload["observation"])
