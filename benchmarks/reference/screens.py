"""The reference's server of an environment that shows another screen in every step, as its own Atari environment does:
a list of numbers. Room for so many sessions: ``ROOM``."""

import itertools

from benchmarks.programs.screen_bytes import screens
from benchmarks.reference.app import serve
from openenv.core.env_server import Action, Environment, Observation, State


class ScreenAction(Action):
    action_id: int


class ScreenObservation(Observation):
    screen: list[int]


class ScreenEnvironment(Environment):
    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self):
        super().__init__()
        self._screens = itertools.cycle([list(data) for data in screens()])

    def reset(self, **options):
        return ScreenObservation(screen=next(self._screens))

    def step(self, action, **options):
        return ScreenObservation(screen=next(self._screens), reward=float(action.action_id))

    @property
    def state(self):
        return State()


if __name__ == "__main__":
    serve(ScreenEnvironment, ScreenAction, ScreenObservation)
