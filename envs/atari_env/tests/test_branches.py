"""Forks, snapshots, and random numbers of their own."""

import numpy as np
import pytest

from atari_env import AtariAction
from atari_env.server.atari_environment import AtariEnvironment

OPTIONS = (
    {"game": "qbert"},
    {"game": "tetris", "repeat_action_probability": 0.25},
    {"game": "breakout", "obs_type": "grayscale", "screen_size": 84, "stack_num": 4, "maxpool": True},
    {"game": "pong", "obs_type": "ram"},
)


def played(environment, count, *, start=0):
    """What is seen, and got, in so many steps."""
    seen = [environment.step(AtariAction(action_id=(start + number) % 4)) for number in range(count)]
    return [(one.screen.tobytes(), one.reward, one.done, one.frame_number) for one in seen]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: options["game"])
def test_branches_and_snapshots_go_on_exactly(options):
    environment = AtariEnvironment(**options)
    environment.reset(seed=3)
    played(environment, 40)
    branch, snapshot = environment.fork(), environment.snapshot()
    elsewhere = AtariEnvironment()
    elsewhere.restore(snapshot)
    wanted = played(environment, 40, start=2)
    assert played(branch, 40, start=2) == wanted
    assert played(elsewhere, 40, start=2) == wanted
    environment.restore(snapshot)
    assert played(environment, 40, start=2) == wanted
    assert elsewhere.state.step_count == environment.state.step_count == 80


def test_a_branch_that_is_reseeded_has_other_sticky_actions():
    environment = AtariEnvironment(game="breakout", repeat_action_probability=0.5)
    environment.reset(seed=1)
    played(environment, 10)
    one, other = environment.fork(), environment.fork()
    other.reseed(99)
    assert played(one, 60) != played(other, 60)


def test_an_environment_without_an_episode_is_forked_and_restored():
    environment = AtariEnvironment(game="breakout")
    assert np.array_equal(environment.fork().reset().screen, environment.reset().screen)
    environment.restore(AtariEnvironment().snapshot())
    assert environment.state.step_count == 0


@pytest.mark.parametrize("snapshot", [b"", b"\x80", b"\x82\xaaepisode_id\xc0\xa7episode\x80"])
def test_what_is_no_snapshot_is_refused_and_the_game_goes_on(snapshot):
    environment = AtariEnvironment()
    environment.reset()
    played(environment, 3)
    with pytest.raises(ValueError, match="no snapshot"):
        environment.restore(snapshot)
    assert environment.state.step_count == 3
