"""Resets of Pong with a seed, each another: ``inprocess``, ``embedded``, or ``load`` (the engine, which Gymnasium's own
environment has load the game anew)."""

import itertools
import sys
from collections.abc import Callable
from typing import Any

from atari_env import AtariAction
from benchmarks.programs.bare_atari import BareAtari
from benchmarks.programs.rounds import answer_rounds
from openenv import AutoEnv

STEPS = 20
"""Before each, so that there is something to take back."""


def resetting(env: Any) -> Callable[[], Any]:
    seeds, action = itertools.count(), AtariAction(action_id=2)

    def reset() -> None:
        env.reset(seed=next(seeds))

    reset()
    for _ in range(STEPS):
        env.step(action)
    return reset


def main() -> None:
    if sys.argv[1] == "load":
        answer_rounds(lambda: BareAtari().reset())
        return
    with AutoEnv.from_env("atari-env", runtime=sys.argv[1]) as env:
        answer_rounds(resetting(env))


if __name__ == "__main__":
    main()
