"""The environments of the transcripts in ``docs/protocol.md``."""

import copy
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any, Self

import numpy as np

from echo_env.server.echo_environment import EchoEnvironment
from openenv import Action, Environment, Observation, State
from openenv.contract.arrays import ArraySpec
from openenv.contract.vector_environment import Transitions, VectorEnvironment


class Move(Action):
    """A number of places to go, and the reward to give for it."""

    by: int
    reward: float = 1.0


class Place(Observation):
    """Where it led."""

    position: int


class Walk(Environment[Move, Place, State]):
    """Done at 3 and beyond, truncated at -3 and below, and ``by: 0`` raises. ``by: 99`` waits until it is interrupted,
    ``by: 100`` longer than that."""

    def __init__(self) -> None:
        super().__init__()
        self._position = 0
        self._steps = 0

    def reset(self, seed: int | None = None, episode_id: str | None = None, **options: Any) -> Place:
        self._position, self._steps = 0, 0
        return Place(position=0)

    def step(self, action: Move, timeout_s: float | None = None, **options: Any) -> Place:
        if action.by == 0:
            raise ValueError("standing still is no move")
        if action.by == 99:
            threading.Event().wait()
        while action.by == 100:
            with suppress(KeyboardInterrupt):
                threading.Event().wait()
        self._position, self._steps = self._position + action.by, self._steps + 1
        done, truncated = self._position >= 3, self._position <= -3
        metadata = {} if timeout_s is None else {"granted": timeout_s}
        return Place(position=self._position, reward=action.reward, done=done, truncated=truncated, metadata=metadata)

    @property
    def state(self) -> State:
        return State(step_count=self._steps)

    def fork(self) -> Self:
        return copy.copy(self)

    def snapshot(self) -> bytes:
        return bytes((self._position, self._steps))

    def restore(self, snapshot: bytes) -> None:
        self._position, self._steps = snapshot

    def list_splits(self) -> list[str]:
        return ["train"]

    def get_task(self, split: str, index: int) -> dict[str, Any]:
        return [{"goal": 3}, {"goal": -3}][index]


class Values(Action):
    """Two numbers."""

    values: Annotated[np.ndarray, ArraySpec("float32", (2,))]


class Doubled(Observation):
    """Twice what was sent."""

    doubled: Annotated[np.ndarray, ArraySpec("float32", (2,))]


class Doubler(Environment[Values, Doubled, State]):
    """Doubles an array."""

    def reset(self, seed: int | None = None, episode_id: str | None = None, **options: Any) -> Doubled:
        return Doubled(doubled=np.zeros(2, "float32"))

    def step(self, action: Values, timeout_s: float | None = None, **options: Any) -> Doubled:
        return Doubled(doubled=action.values * 2)

    @property
    def state(self) -> State:
        return State()


class Turn(Action):
    """How often the die is turned."""

    turns: int


class Pips(Observation):
    """What the die shows."""

    pips: int


class Dice(Environment[Turn, Pips, State]):
    """Shows the seed at first, pays what it shows, and is done at 6. After 6 comes 1."""

    pips = 1

    def reset(self, seed: int | None = None, episode_id: str | None = None, **options: Any) -> Pips:
        self.pips = seed or 1
        return Pips(pips=self.pips)

    def step(self, action: Turn, timeout_s: float | None = None, **options: Any) -> Pips:
        self.pips = (self.pips + action.turns - 1) % 6 + 1
        return Pips(pips=self.pips, reward=float(self.pips), done=self.pips == 6)

    @property
    def state(self) -> State:
        return State()

    @classmethod
    def vectorise(cls, num_envs: int, **options: Any) -> "ManyDice":
        return ManyDice(num_envs)


class ManyDice(VectorEnvironment[Turn, Pips]):
    """Many, as columns."""

    def __init__(self, num_envs: int) -> None:
        self._pips = [1] * num_envs

    def reset(self, episodes: Sequence[int], *, seeds: Sequence[int | None], options: Mapping[str, Any]) -> Transitions:
        for episode, seed in zip(episodes, seeds, strict=True):
            self._pips[episode] = seed or 1
        pips = [self._pips[episode] for episode in episodes]
        nobody = [False] * len(pips)
        return Transitions({"pips": pips}, [None] * len(pips), nobody, nobody)

    def step(self, episodes: Sequence[int], actions: Sequence[Turn]) -> Transitions:
        for episode, action in zip(episodes, actions, strict=True):
            self._pips[episode] = (self._pips[episode] + action.turns - 1) % 6 + 1
        pips = [self._pips[episode] for episode in episodes]
        return Transitions({"pips": pips}, list(map(float, pips)), [p == 6 for p in pips], [False] * len(pips))


class Broken(Walk):
    """Cannot be made."""

    def __init__(self) -> None:
        raise RuntimeError("no licence")


ENVIRONMENTS: dict[str, type[Any]] = {
    "echo": EchoEnvironment,
    "walk": Walk,
    "doubler": Doubler,
    "dice": Dice,
    "broken": Broken,
}
