"""An environment that does what its actions say, for vectors of it."""

import os
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np

from openenv import Action, EnvClient, Environment, Observation, State, Transitions, VectorEnvironment
from openenv.contract.arrays import ArraySpec

LENGTH = 4
"""Steps of an episode."""


class Do(Action):
    """``go``, ``raise``, ``die``, or ``wait``, which reads from the named pipe ``until`` before it goes on."""

    what: str = "go"
    until: str = ""


class Seen(Observation):
    """The number of the step, and an array of them."""

    number: int
    numbers: Annotated[np.ndarray, ArraySpec("int32", (2,))]
    word: str = ""


class Tally(State):
    """All steps since the environment was made."""

    steps: int = 0


def seen(number: int, **more: Any) -> Seen:
    return Seen(number=number, numbers=np.array([number, -number], "int32"), word="x" * number, **more)


class Obedient(Environment[Do, Seen, Tally]):
    """The seed is the number of the first step; the reward is the number, and an episode has ``LENGTH`` steps."""

    def __init__(self) -> None:
        super().__init__()
        self._steps = self._number = self._left = 0

    def reset(self, seed: int | None = None, episode_id: str | None = None, length: int = LENGTH) -> Seen:
        self._number, self._left = seed or 0, length
        return seen(self._number, metadata={"seed": seed, "pid": os.getpid()})

    def step(self, action: Do, timeout_s: float | None = None, **options: Any) -> Seen:
        self._steps += 1
        match action.what:
            case "raise":
                raise RuntimeError("as you wish")
            case "die":
                os._exit(3)
            case "wait":
                with open(action.until) as pipe:
                    pipe.read()
        self._number, self._left = self._number + 1, self._left - 1
        return seen(self._number, reward=float(self._number), done=self._left == 0)

    @property
    def state(self) -> Tally:
        return Tally(steps=self._steps)


class Inline(Obedient):
    """Its sessions share a worker."""

    SUPPORTS_CONCURRENT_SESSIONS = True
    SESSION_HOST = "inline"


class Seated(Obedient):
    """Plays many episodes itself."""

    @classmethod
    def vectorise(cls, num_envs: int, **options: Any) -> "Many":
        return Many(num_envs)


class Many(VectorEnvironment[Do, Seen]):
    """As many of the others, as columns of a step and as a list of a reset."""

    def __init__(self, num_envs: int) -> None:
        self._each = [Obedient() for _ in range(num_envs)]

    def reset(
        self, episodes: Sequence[int], *, seeds: Sequence[int | None], options: Mapping[str, Any]
    ) -> Sequence[Seen]:
        return [self._each[e].reset(seed=seed, **options) for e, seed in zip(episodes, seeds, strict=True)]

    def step(self, episodes: Sequence[int], actions: Sequence[Do]) -> Transitions:
        stepped = [self._each[e].step(action) for e, action in zip(episodes, actions, strict=True)]
        columns = {
            "number": [one.number for one in stepped],
            "numbers": np.stack([one.numbers for one in stepped]),
            "word": [one.word for one in stepped],
        }
        rewards, done = np.array([one.reward for one in stepped]), np.array([one.done for one in stepped])
        return Transitions(columns, rewards, done, np.zeros(len(stepped), bool))


class ObedientEnv(EnvClient[Do, Seen, Tally]): ...
