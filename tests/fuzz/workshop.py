"""The environment that is fuzzed: arrays in both directions, and everything else that a session may be asked."""

import copy
from typing import Annotated, Any, Self

import numpy as np

from openenv import Action, EnvClient, Environment, Observation, State
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


class WorkshopEnv(EnvClient[Paint, Shown, State]):
    """Its client."""
