"""Steps of many carts at once with Gymnasium's own vectors: ``async COUNT``, with a process for each, or
``sync COUNT``, with none."""

import itertools
import sys
from typing import Any

import gymnasium
import numpy as np

from benchmarks.programs.action_batches import action_batches
from benchmarks.programs.cart import Cart
from benchmarks.programs.rounds import answer_rounds

VECTORS = {"async": gymnasium.vector.AsyncVectorEnv, "sync": gymnasium.vector.SyncVectorEnv}


class CartEnv(gymnasium.Env[np.ndarray, int]):
    """The cart as Gymnasium's environment."""

    observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (4,), np.float32)
    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self) -> None:
        self._cart = Cart()

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=seed)
        self._cart.start(seed)
        return np.array(self._cart.at, np.float32), {}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        ended = self._cart.push(action)
        return np.array(self._cart.at, np.float32), 1.0, ended, False, {}


def main() -> None:
    count = int(sys.argv[2])
    envs = VECTORS[sys.argv[1]]([CartEnv] * count)
    observations, _ = envs.reset(seed=0)
    assert observations.shape == (count, 4)
    actions = itertools.cycle([np.array(batch) for batch in action_batches(count)])
    answer_rounds(lambda: envs.step(next(actions)), at_once=count)
    envs.close()


if __name__ == "__main__":
    main()
