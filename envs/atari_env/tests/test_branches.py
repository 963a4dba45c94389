"""Forks and snapshots go on as what they were made of."""

import random
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pytest

from atari_env import AtariAction
from atari_env.server.atari_environment import AtariEnvironment

OPTIONS: tuple[dict[str, Any], ...] = (
    {"game": "qbert"},
    {"game": "tetris", "repeat_action_probability": 0.25, "noop_max": 30},
    {"game": "breakout", "obs_type": "grayscale", "screen_size": 84, "stack_num": 4, "maxpool": True},
    {"game": "pong", "obs_type": "ram", "stack_num": 3},
)
INEXACT = ("qbert", "tetris", "tic_tac_toe_3d", "trondead", "yars_revenge")
"""Where the engine's own states do not go on exactly, as random play has shown."""


def played(env: Any, count: int) -> Iterator[tuple[Any, ...]]:
    """What is seen, and got, in so many steps of a client."""
    for number in range(count):
        result = env.step(AtariAction(action_id=number % 4))
        yield result.observation.screen.tobytes(), result.reward, result.done, result.observation.frame_number


def made(environment: AtariEnvironment, count: int) -> list[tuple[bytes, float | None, dict[str, Any]]]:
    """What is seen, and got, in so many steps of an environment."""
    seen = [environment.step(AtariAction(action_id=number % 5)) for number in range(count)]
    return [(one.screen.tobytes(), one.reward, one.model_dump(exclude={"screen"})) for one in seen]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: options["game"])
def test_branches_and_restored_sessions_go_on_exactly(open_client, options):
    with open_client(**options) as env:
        env.reset(seed=3, episode_id="mine")
        list(played(env, 40))
        kept, state = env.snapshot(), env.state()
        with env.fork(1)[0] as branch:
            wanted = list(played(env, 40))
            assert list(played(branch, 40)) == wanted
        env.restore(kept)
        assert env.state() == state
        assert list(played(env, 40)) == wanted


@pytest.mark.parametrize("game", INEXACT)
def test_an_environment_of_another_game_goes_on_from_a_snapshot(game):
    original, other = AtariEnvironment(game=game, repeat_action_probability=0.1), AtariEnvironment()
    original.reset(seed=1)
    made(original, 300)
    original.reseed(8)
    made(original, 10)
    other.restore(original.snapshot())
    assert made(other, 60) == made(original, 60)


@pytest.mark.parametrize("stack_num", [1, 3])
def test_what_a_game_showed_at_its_end_is_seen_after_a_restore(stack_num):
    options = {"game": "flag_capture", "screen_size": 84, "frameskip": 100, "stack_num": stack_num}
    original, other = AtariEnvironment(**options), AtariEnvironment()
    seen, rng = original.reset(), random.Random(5)
    while not seen.done:
        seen = original.step(AtariAction(action_id=rng.randrange(18)))
    other.restore(original.snapshot())
    after = other.step(AtariAction(action_id=0))
    assert (after.done, np.array_equal(after.screen, seen.screen)) == (True, True)


def test_branches_that_are_reseeded_differ_in_their_sticky_actions_only(open_client):
    with open_client(game="breakout", repeat_action_probability=0.5) as env:
        env.reset(seed=1)
        before = list(played(env, 10))[-1]
        branches = env.fork(2, reseed=True)
        now = [branch.step(AtariAction(action_id=-1)) for branch in branches]
        assert [result.observation.screen.tobytes() for result in now] == [before[0]] * 2
        one, other = (list(played(branch, 60)) for branch in branches)
        assert one != other
        for branch in branches:
            branch.close()


def test_random_numbers_are_changed_where_the_game_is():
    environment, seen = AtariEnvironment(game="qbert", repeat_action_probability=1.0), []
    for reseeds in (False, True):
        environment.reset(seed=1, episode_id="the same")
        made(environment, 150)
        if reseeds:
            environment.reseed(5)
        seen.append(made(environment, 30))
    assert seen[0] == seen[1]


def test_what_is_no_snapshot_is_refused_and_the_episode_goes_on():
    environment, other = AtariEnvironment(game="breakout"), AtariEnvironment(game="breakout")
    for each in (environment, other):
        each.reset(episode_id="mine")
        made(each, 30)
    for bad in forgeries(environment.snapshot()):
        with pytest.raises(ValueError, match=r"snapshot|no game|frameskip|cannot be taken|invalid literal"):
            environment.restore(bad)
    assert environment.state.episode_id == "mine"
    assert made(environment, 30) == made(other, 30)


def forgeries(good: bytes) -> Iterator[bytes]:
    """Damaged ones, and such as name what there is not, or too much of it."""
    yield from (b"", b"\x00", good[:-3])
    (options, seed, moves, reseeds, digest, *rest), following = msgspec.msgpack.decode(good)
    for changed in (
        [options | {"game": "ponk"}, seed, moves, reseeds, digest],
        [options | {"frameskip": -1}, seed, moves, reseeds, digest],
        [options, "one", moves, reseeds, digest],
        [options, seed, moves[:-1] + b"\xff", reseeds, digest],
        [options, seed, moves[:-1], reseeds, digest],
        [options, seed, moves, [(999, 1)], digest],
        [options, seed, moves, [(0, 2**40)], digest],
        [options, seed, bytes(3_000_000), reseeds, digest],
        [options | {"max_num_frames_per_episode": 8}, seed, moves, reseeds, digest],
    ):
        yield msgspec.msgpack.encode([[*changed, *rest], following])


def test_a_snapshot_of_no_episode_is_of_none(open_client):
    with open_client() as client:
        client.restore(client.snapshot())
        assert client.state().episode_id is None
