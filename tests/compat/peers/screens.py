"""An environment of ours that shows pixels as the reference's Atari environment does: one flat list, and the shape."""

from typing import Annotated, Any

import numpy as np

from openenv import Action, Environment, Observation, State, create_app
from openenv.contract.arrays import ArraySpec


class Look(Action):
    """Look again."""

    brighter_by: int


class Screen(Observation):
    """What is seen."""

    screen: Annotated[np.ndarray, ArraySpec("uint8", shape_in="screen_shape")]
    screen_shape: list[int]


class Screens(Environment[Look, Screen, State]):
    """A screen that becomes brighter."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        super().__init__()
        self._pixels = np.zeros((2, 3, 2), np.uint8)

    def reset(self, **options: Any) -> Screen:
        self._pixels = np.arange(12, dtype=np.uint8).reshape(2, 3, 2)
        return self._show()

    def step(self, action: Look, **options: Any) -> Screen:
        self._pixels = self._pixels + np.uint8(action.brighter_by)
        return self._show()

    @property
    def state(self) -> State:
        return State()

    def _show(self) -> Screen:
        return Screen(screen=self._pixels, screen_shape=list(self._pixels.shape), reward=0.5)


def make_app() -> Any:
    """The application."""
    return create_app(Screens)
