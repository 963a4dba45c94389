"""An environment that no plug-in describes."""

from typing import Any

from openenv import Action, Environment, Observation, State


class Word(Action):
    word: str


class Stranger(Environment[Word, Observation, State]):
    """Listens."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def reset(self, **options: Any) -> Observation:
        return Observation()

    def step(self, action: Word, **options: Any) -> Observation:
        return Observation(reward=float(len(action.word)))

    @property
    def state(self) -> State:
        return State()
