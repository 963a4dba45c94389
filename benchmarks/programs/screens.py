"""An environment that shows another screen in every step, and does nothing else."""

import itertools
from typing import Annotated, Any

import numpy as np

from benchmarks.programs.screen_bytes import SHAPE, screens
from openenv import Action, EnvClient, Environment, Observation, State
from openenv.contract.arrays import ArraySpec


class ScreenAction(Action):
    """Press a button."""

    action_id: int


class ScreenObservation(Observation):
    """What is on the screen."""

    screen: Annotated[np.ndarray, ArraySpec("uint8", SHAPE)]


class ScreenEnvironment(Environment[ScreenAction, ScreenObservation, State]):
    """Shows one screen after another. Episodes have no end."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        super().__init__()
        self._screens = itertools.cycle([np.frombuffer(data, np.uint8).reshape(SHAPE) for data in screens()])

    def reset(self, **options: Any) -> ScreenObservation:
        return ScreenObservation(screen=next(self._screens))

    def step(self, action: ScreenAction, **options: Any) -> ScreenObservation:
        return ScreenObservation(screen=next(self._screens), reward=float(action.action_id))

    @property
    def state(self) -> State:
        return State()


class ScreenEnv(EnvClient[ScreenAction, ScreenObservation, State]):
    """Its client."""
