"""Gymnasium's own vectors, of the same environment, say what ours have to say."""

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode as GymnasiumMode
from gymnasium.vector import SyncVectorEnv
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openenv import VectorEnv
from openenv.client.local import LocalRuntime
from tests.vector.environments import LENGTH, Do, Inline, Many, Obedient, ObedientEnv, infos

SEEDS = [0, 10, 20]
WORDS = ["go", "tell", "truncate"]


class Same(gymnasium.Env[np.ndarray, int]):
    """What ``Obedient`` is."""

    observation_space = gymnasium.spaces.Box(-100, 100, (2,), np.int32)
    action_space = gymnasium.spaces.Discrete(len(WORDS))

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self._number, self._left = seed or 0, LENGTH
        return self._seen(), {"seed": -1 if seed is None else seed}

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self._number, self._left = self._number + 1, self._left - 1
        truncated = WORDS[action] == "truncate"
        terminated = self._left == 0 and not truncated
        told = infos(self._number) if WORDS[action] == "tell" else {}
        return self._seen(), float(self._number), terminated, truncated, told

    def _seen(self) -> np.ndarray:
        return np.array([self._number, -self._number], "int32")


class SameInfos(Inline):
    """Its infos are Gymnasium's."""

    def reset(self, seed: int | None = None, episode_id: str | None = None, **options: Any) -> Any:
        first = super().reset(seed, episode_id, LENGTH)
        return first.model_copy(update={"metadata": {"seed": -1 if seed is None else seed}})


class SameSeated(SameInfos):
    """The same, many at once."""

    @classmethod
    def vectorise(cls, num_envs: int, **options: Any) -> Many:
        many = Many(num_envs)
        many._each = [SameInfos() for _ in range(num_envs)]
        return many


@pytest.fixture(params=[SameInfos, SameSeated], ids=["singly", "seated"])
def environment(request) -> type[Obedient]:
    return request.param


@pytest.fixture(params=["NEXT_STEP", "SAME_STEP"])
def both(request, environment):
    theirs = SyncVectorEnv([Same] * 3, autoreset_mode=GymnasiumMode[request.param], observation_mode="same")
    with VectorEnv(ObedientEnv(provider=LocalRuntime(environment)), 3, autoreset_mode=request.param) as ours:
        yield ours, theirs
    theirs.close()


ROUNDS = st.lists(st.lists(st.integers(0, len(WORDS) - 1), min_size=3, max_size=3), max_size=2 * LENGTH)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=ROUNDS)
def test_episodes_end_and_begin_as_gymnasiums_do(both, rounds):
    ours, theirs = both
    batch, (observations, infos) = ours.reset(seed=SEEDS), theirs.reset(seed=SEEDS)
    assert_same(batch, observations, infos)
    for actions in [[0, 0, 0], *rounds]:
        step_both(ours, theirs, actions)


def test_long_episodes_too(both):
    ours, theirs = both
    ours.reset(seed=SEEDS)
    theirs.reset(seed=SEEDS)
    for _ in range(3 * LENGTH):
        step_both(ours, theirs, [1, 0, 1])


def step_both(ours, theirs, actions: list[int]) -> Any:
    batch = ours.step([Do(what=WORDS[action]) for action in actions])
    observations, rewards, terminated, truncated, infos = theirs.step(np.array(actions))
    assert_same(batch, observations, infos)
    assert np.array_equal(batch.rewards, rewards)
    assert np.array_equal(batch.terminated, terminated)
    assert np.array_equal(batch.truncated, truncated)
    return terminated | truncated


def test_without_autoreset_what_is_reset_by_hand_goes_on_as_gymnasiums_does(environment):
    theirs = SyncVectorEnv([Same] * 3, autoreset_mode=GymnasiumMode.DISABLED, observation_mode="same")
    with VectorEnv(ObedientEnv(provider=LocalRuntime(environment)), 3, autoreset_mode="DISABLED") as ours:
        ours.reset(seed=SEEDS)
        theirs.reset(seed=SEEDS)
        for actions in [[0, 2, 0], [1, 1, 2], [2, 2, 2], [0, 1, 0], [1, 0, 1]] * 2:
            over = step_both(ours, theirs, actions)
            if over.any():
                seeds = [4, 5, 6]
                observations, _ = theirs.reset(seed=seeds, options={"reset_mask": over})
                ids = np.flatnonzero(over)
                batch = ours.reset(env_ids=ids, seed=[seeds[place] for place in ids])
                assert np.array_equal(batch.observations["numbers"], observations[over])
    theirs.close()


def assert_same(batch: Any, observations: Any, infos: dict[str, Any]) -> None:
    assert np.array_equal(batch.observations["numbers"], observations)
    assert batch.observations["numbers"].dtype == observations.dtype
    assert_same_infos(batch.infos, infos)


def assert_same_infos(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        if name == "final_obs":
            numbers = [None if one is None else one.numbers.tolist() for one in found[name]]
            assert numbers == [None if one is None else one.tolist() for one in value]
        elif isinstance(value, dict):
            assert_same_infos(found[name], value)
        else:
            assert found[name].dtype == value.dtype, name
            assert found[name].tolist() == value.tolist(), name
