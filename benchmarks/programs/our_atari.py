"""Pong, one step after another: ``bare`` (the engine in a loop), ``inprocess`` and ``embedded`` (our synchronous
client), or ``websocket URL``."""

import sys
from collections.abc import Callable
from typing import Any

from atari_env import AtariAction, AtariEnv
from benchmarks.programs.bare_atari import ACTIONS, BareAtari, presses
from benchmarks.programs.rounds import answer_rounds
from openenv import AutoEnv


def bare() -> Callable[[], None]:
    game, indices = BareAtari(), presses()
    game.reset()

    def step() -> None:
        if game.step(next(indices))[2]:
            game.reset()

    return step


def client(words: list[str]) -> Any:
    match words:
        case ["inprocess"]:
            return AutoEnv.from_env("atari-env", runtime="inprocess")
        case ["embedded"]:
            return AutoEnv.from_env("atari-env")
        case ["websocket", url]:
            return AtariEnv(url).sync()
    raise SystemExit(__doc__)


def played(env: Any) -> Callable[[], None]:
    actions, indices = [AtariAction(action_id=index) for index in range(ACTIONS)], presses()
    assert env.reset(seed=0).observation.screen.shape == (210, 160, 3)

    def step() -> None:
        if env.step(actions[next(indices)]).done:
            env.reset()

    return step


def main() -> None:
    words = sys.argv[1:]
    if words == ["bare"]:
        answer_rounds(bare())
        return
    with client(words) as env:
        answer_rounds(played(env))


if __name__ == "__main__":
    main()
