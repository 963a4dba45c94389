"""The least for games of which each can be held still: a vector of ALE's for each. They are told what to do one after
another, and then waited for, and nothing else. Arguments: how many."""

import itertools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from ale_py import ALEVectorInterface
from ale_py.roms import get_rom_path

from benchmarks.programs.our_atari_vector import presses
from benchmarks.programs.rounds import answer_rounds

FIRST = np.zeros(1, np.int64)
STRENGTHS: Any = (1.0,)
AT_ONCE = 16


def engine() -> ALEVectorInterface:
    return ALEVectorInterface(get_rom_path("pong"), 1, use_fire_reset=False, reward_clipping=False, num_threads=1)


def stepping(count: int) -> Callable[[], np.ndarray]:
    engines = [engine() for _ in range(count)]
    for one in engines:
        one.reset(FIRST, FIRST)
    batches = itertools.cycle(presses(count).tolist())

    def step() -> np.ndarray:
        for one, press in zip(engines, next(batches), strict=True):
            one.send((press,), STRENGTHS)
        screens = np.empty((count, 4, 84, 84), np.uint8)
        for start in range(0, count, AT_ONCE):
            some = engines[start : start + AT_ONCE]
            last = some.pop().recv()[0]
            for place, one in enumerate(some, start):
                screens[place] = one.recv()[0]
            screens[start + len(some)] = last
        return screens

    return step


count = int(sys.argv[1])
answer_rounds(stepping(count), at_once=count)
