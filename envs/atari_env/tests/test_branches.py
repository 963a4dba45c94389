"""Forks of sessions, which are copies of their processes."""

from collections.abc import Iterator
from typing import Any

import pytest

from atari_env import AtariAction, AtariEnv, AtariObservation, AtariState
from openenv import SyncEnvClient
from openenv.registry.loading import NamedFactory
from openenv.runtimes.embedded import EmbeddedRuntime

ENVIRONMENT = "atari_env.server.atari_environment:AtariEnvironment"
OPTIONS: tuple[dict[str, Any], ...] = (
    {"game": "qbert"},
    {"game": "tetris", "repeat_action_probability": 0.25},
    {"game": "breakout", "obs_type": "grayscale", "screen_size": 84, "stack_num": 4, "maxpool": True},
    {"game": "pong", "obs_type": "ram"},
)


def client(options: dict[str, Any]) -> SyncEnvClient[AtariAction, AtariObservation, AtariState]:
    return AtariEnv(provider=EmbeddedRuntime(NamedFactory(ENVIRONMENT, options))).sync()


def played(env: Any, count: int) -> Iterator[tuple[Any, ...]]:
    """What is seen, and got, in so many steps."""
    for number in range(count):
        result = env.step(AtariAction(action_id=number % 4))
        yield result.observation.screen.tobytes(), result.reward, result.done, result.observation.frame_number


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: options["game"])
def test_branches_go_on_exactly(options):
    with client(options) as env:
        env.reset(seed=3)
        list(played(env, 40))
        one, other = env.fork(2)
        wanted = list(played(env, 40))
        assert list(played(one, 40)) == list(played(other, 40)) == wanted
        one.close()
        other.close()


def test_branches_that_are_reseeded_have_other_sticky_actions():
    with client({"game": "breakout", "repeat_action_probability": 0.5}) as env:
        env.reset(seed=1)
        list(played(env, 10))
        branches = env.fork(2, reseed=True)
        one, other = (list(played(branch, 60)) for branch in branches)
        assert one != other
        for branch in branches:
            branch.close()
