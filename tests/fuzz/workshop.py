"""The environment that is fuzzed: arrays in both directions, and everything else that a session may be asked."""

import copy
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

import numpy as np

from openenv import Action, EnvClient, Environment, Observation, State, VectorEnvironment
from openenv.contract.arrays import ArraySpec

Pixels = Annotated[np.ndarray, ArraySpec("uint8", (2, None))]


class Paint(Action):
    """Go on, and show these pixels."""

    by: int = 0
    pixels: Pixels | None = None


class Shown(Observation):
    """Where it led, and the pixels."""

    position: int
    pixels: Pixels | None = None
    flat: Annotated[np.ndarray, ArraySpec("uint8", shape_in="flat_shape")]
    flat_shape: list[int]


class Workshop(Environment[Paint, Shown, State]):
    """Nothing that is asked of it takes long."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        super().__init__()
        self._position = 0

    def reset(self, seed: int | None = None, episode_id: str | None = None, **options: Any) -> Shown:
        self._position = 0
        return self._show(None, {"options": options})

    def step(self, action: Paint, timeout_s: float | None = None, **options: Any) -> Shown:
        self._position += action.by
        return self._show(action.pixels, action.metadata)

    @property
    def state(self) -> State:
        return State(step_count=abs(self._position))

    @classmethod
    def vectorise(cls, num_envs: int, **options: Any) -> "Workshops | None":
        return Workshops(num_envs) if num_envs < 5 else None

    def fork(self) -> Self:
        return copy.copy(self)

    def snapshot(self) -> bytes:
        return self._position.to_bytes(16, signed=True)

    def restore(self, snapshot: bytes) -> None:
        self._position = int.from_bytes(snapshot, signed=True)

    def list_splits(self) -> list[str]:
        return ["train"]

    def get_task(self, split: str, index: int) -> Any:
        return {"goal": [1, 2, 3][index]}

    def _show(self, pixels: np.ndarray | None, metadata: dict[str, Any]) -> Shown:
        flat = np.zeros((1, 0), np.uint8) if pixels is None else pixels
        shape = list(flat.shape)
        return Shown(position=self._position, pixels=pixels, flat=flat, flat_shape=shape, metadata=metadata)


class Workshops(VectorEnvironment[Paint, Shown]):
    """As many of them."""

    def __init__(self, num_envs: int) -> None:
        self._each = [Workshop() for _ in range(num_envs)]

    def reset(
        self, episodes: Sequence[int], *, seeds: Sequence[int | None], options: Mapping[str, Any]
    ) -> Sequence[Shown]:
        return [self._each[episode].reset(seed) for episode, seed in zip(episodes, seeds, strict=True)]

    def step(self, episodes: Sequence[int], actions: Sequence[Paint]) -> Sequence[Shown]:
        return [self._each[episode].step(action) for episode, action in zip(episodes, actions, strict=True)]


class WorkshopEnv(EnvClient[Paint, Shown, State]):
    """Its client."""
