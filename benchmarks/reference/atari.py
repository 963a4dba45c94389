"""The reference's server of Pong on the engine, whose screens are lists of numbers, as in its own Atari environment.
Room for so many sessions: ``ROOM``."""

from benchmarks.programs.bare_atari import BareAtari
from benchmarks.reference.app import serve
from openenv.core.env_server import Action, Environment, Observation, State


class AtariAction(Action):
    action_id: int


class AtariObservation(Observation):
    screen: list[int]


class AtariEnvironment(Environment):
    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self):
        super().__init__()
        self._game = BareAtari()

    def reset(self, **options):
        return AtariObservation(screen=self._game.reset().flatten().tolist())

    def step(self, action, **options):
        screen, reward, done = self._game.step(action.action_id)
        return AtariObservation(screen=screen.flatten().tolist(), reward=reward, done=done)

    @property
    def state(self):
        return State()


if __name__ == "__main__":
    serve(AtariEnvironment, AtariAction, AtariObservation)
