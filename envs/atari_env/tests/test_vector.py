"""Many episodes in one object are the same as each alone."""

import random
from typing import Any

import pytest

from atari_env import AtariAction
from atari_env.server.atari_environment import AtariEnvironment
from openenv.contract.vector_environment import Transitions, VectorEnvironment

COUNT = 3
STACKS = {"obs_type": "grayscale", "screen_size": 84, "stack_num": 4, "maxpool": True}
FIELDS = ("screen", "screen_shape", "legal_actions", "lives", "episode_frame_number", "frame_number")
CASES: tuple[dict[str, Any], ...] = (
    {"game": "pong", **STACKS},
    {"game": "breakout", **STACKS, "reward_clipping": True, "noop_max": 30},
    {"game": "ms_pacman", **STACKS, "reward_clipping": True, "max_num_frames_per_episode": 300},
    {"game": "qbert", **STACKS, "repeat_action_probability": 0.25, "noop_max": 10},
    {"game": "freeway", "screen_size": 84, "full_action_space": True},
    {"game": "seaquest", **STACKS, "noop_max": 30, "frameskip": 3},
    {"game": "asteroids", "obs_type": "rgb", "screen_size": 64, "stack_num": 2, "frameskip": 1, "maxpool": True},
    {"game": "atlantis", "screen_size": 160, "frameskip": 2, "maxpool": True},
    {"game": "bowling", "obs_type": "grayscale", "screen_size": 10},
)


def made(count: int, **options: Any) -> VectorEnvironment[Any, Any]:
    vector = AtariEnvironment.vectorise(count, **options)
    assert vector is not None
    return vector


def rows(transitions: Any) -> list[tuple[Any, ...]]:
    """Each episode's, screens as bytes."""
    assert isinstance(transitions, Transitions)
    columns = [transitions.observations[name] for name in FIELDS]
    beside = (transitions.rewards, transitions.done, transitions.metadata)
    return [(row[0].tobytes(), *row[1:]) for row in zip(*columns, *beside, strict=True)]


def row(seen: Any) -> tuple[Any, ...]:
    """The same of an observation."""
    fields = [getattr(seen, name) for name in (*FIELDS[1:], "reward", "done", "metadata")]
    return (seen.screen.tobytes(), *fields)


def assert_same(options: dict[str, Any], *, steps: int, seeds: list[int | None]) -> int:
    """Each episode as it is alone, through ends and the beginnings after them; how many ends there were."""
    vector, alone = made(COUNT, **options), [AtariEnvironment(**options) for _ in range(COUNT)]
    rng, ends = random.Random(5), 0
    first = [environment.reset(seed=seed) for environment, seed in zip(alone, seeds, strict=True)]
    assert rows(vector.reset(range(COUNT), seeds=seeds, options={})) == [row(one) for one in first]
    for _ in range(steps):
        actions = [AtariAction(action_id=rng.randrange(len(one.legal_actions))) for one in first]
        seen = [environment.step(action) for environment, action in zip(alone, actions, strict=True)]
        assert rows(vector.step(range(COUNT), actions)) == [row(one) for one in seen]
        ended = [place for place, one in enumerate(seen) if one.done]
        ends += len(ended)
        if ended:
            again = [None if seeds[place] is None else ends for place in ended]
            begun = [alone[place].reset(seed=seed) for place, seed in zip(ended, again, strict=True)]
            assert rows(vector.reset(ended, seeds=again, options={})) == [row(one) for one in begun]
    vector.close()
    return ends


@pytest.mark.parametrize("options", CASES, ids=lambda options: options["game"])
def test_a_seed_gives_the_same_episode_in_a_vector_and_alone(options):
    assert_same(options, steps=150, seeds=[3, 4, 2**31 + 5])
