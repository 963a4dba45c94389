"""Steps of many games of Pong at once, 84×84 in stacks of four: ``inprocess COUNT`` and ``embedded COUNT`` (our
synchronous vector), or ``engine COUNT`` (ALE's own)."""

import itertools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from ale_py import AtariVectorEnv

from atari_env import AtariAction
from benchmarks.programs.rounds import answer_rounds
from openenv import AutoEnv

ACTIONS, BATCHES = 6, 64
STACKS = {"obs_type": "grayscale", "screen_size": 84, "stack_num": 4, "maxpool": True, "noop_max": 30}


def presses(count: int) -> np.ndarray:
    """Random actions, the same every time."""
    return np.random.default_rng(0).integers(0, ACTIONS, (BATCHES, count))


def engine(count: int) -> Callable[[], Any]:
    envs = AtariVectorEnv("pong", count, use_fire_reset=False, reward_clipping=False)
    assert envs.reset()[0].shape == (count, 4, 84, 84)
    batches = itertools.cycle(presses(count))
    return lambda: envs.step(next(batches))


def ours(envs: Any, count: int) -> Callable[[], Any]:
    actions = [AtariAction(action_id=index) for index in range(ACTIONS)]
    batches = itertools.cycle([[actions[index] for index in batch] for batch in presses(count).tolist()])
    assert envs.reset().observations["screen"].shape == (count, 4, 84, 84)
    return lambda: envs.step(next(batches)).observations


def main() -> None:
    mode, count = sys.argv[1], int(sys.argv[2])
    if mode == "engine":
        answer_rounds(engine(count), at_once=count)
        return
    with AutoEnv.from_env("atari-env", runtime=mode, num_envs=count, options=STACKS) as envs:
        answer_rounds(ours(envs, count), at_once=count)


if __name__ == "__main__":
    main()
