"""Gymnasium's own vectors, of the same environment, say what ours have to say."""

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode as GymnasiumMode
from gymnasium.vector import SyncVectorEnv

from openenv import VectorEnv
from openenv.client.local import LocalRuntime
from tests.vector.environments import LENGTH, Do, Inline, ObedientEnv

SEEDS = [0, 10, 20]


class Same(gymnasium.Env[np.ndarray, int]):
    """What ``Obedient`` is."""

    observation_space = gymnasium.spaces.Box(-100, 100, (2,), np.int32)
    action_space = gymnasium.spaces.Discrete(2)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self._number, self._left = seed or 0, LENGTH
        return self._seen(), {"seed": -1 if seed is None else seed}

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self._number, self._left = self._number + 1, self._left - 1
        return self._seen(), float(self._number), self._left == 0, False, {}

    def _seen(self) -> np.ndarray:
        return np.array([self._number, -self._number], "int32")


class SameInfos(Inline):
    """Its infos are Gymnasium's."""

    def reset(self, seed: int | None = None, episode_id: str | None = None, length: int = LENGTH) -> Any:
        first = super().reset(seed, episode_id, length)
        return first.model_copy(update={"metadata": {"seed": -1 if seed is None else seed}})


@pytest.fixture(params=["NEXT_STEP", "SAME_STEP"])
def both(request):
    theirs = SyncVectorEnv([Same] * 3, autoreset_mode=GymnasiumMode[request.param], observation_mode="same")
    with VectorEnv(ObedientEnv(provider=LocalRuntime(SameInfos)), 3, autoreset_mode=request.param) as ours:
        yield ours, theirs
    theirs.close()


def test_episodes_end_and_begin_as_gymnasiums_do(both):
    ours, theirs = both
    batch, (observations, infos) = ours.reset(seed=SEEDS), theirs.reset(seed=SEEDS)
    assert_same(batch, observations, infos)
    for _ in range(3 * LENGTH):
        batch = ours.step([Do()] * 3)
        observations, rewards, terminated, truncated, infos = theirs.step(np.zeros(3, int))
        assert_same(batch, observations, infos)
        assert np.array_equal(batch.rewards, rewards)
        assert np.array_equal(batch.terminated, terminated)
        assert np.array_equal(batch.truncated, truncated)


def assert_same(batch: Any, observations: Any, infos: dict[str, Any]) -> None:
    assert np.array_equal(batch.observations["numbers"], observations)
    assert batch.observations["numbers"].dtype == observations.dtype
    assert batch.infos.keys() == infos.keys()
    for name, wanted in infos.items():
        found = batch.infos[name]
        if name == "final_obs":
            found = [None if one is None else one.numbers for one in found]
            assert all(same(one, other) for one, other in zip(found, wanted, strict=True))
        elif name == "final_info":
            assert found == wanted
        else:
            assert found.dtype == wanted.dtype
            assert np.array_equal(found, wanted), name


def same(one: Any, other: Any) -> bool:
    return (one is None and other is None) or np.array_equal(one, other)
