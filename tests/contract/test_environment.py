"""The base class of environments: what it does for an author who does nothing."""

import asyncio
from typing import Any

import pytest

from openenv import Action, Environment, Observation, State
from openenv.contract.models import EnvironmentMetadata


class Walk(Environment[Action, Observation, State]):
    """Remembers the arguments of its last call."""

    def reset(self, seed: int | None = None, episode_id: str | None = None, **options: Any) -> Observation:
        return Observation(metadata={"seed": seed, "episode_id": episode_id, **options})

    def step(self, action: Action, timeout_s: float | None = None, **options: Any) -> Observation:
        return Observation(metadata={"timeout_s": timeout_s, **options})

    @property
    def state(self) -> State:
        return State()


class Half:
    """A rubric."""

    def __init__(self) -> None:
        self.resets = 0

    def __call__(self, action: Any, observation: Any) -> float:
        return 0.5

    def reset(self) -> None:
        self.resets += 1


class LateHalf(Half):
    """One that awaits."""

    async def __call__(self, action: Any, observation: Any) -> float:
        return 0.5

    async def reset(self) -> None:
        self.resets += 1


def test_an_environment_without_its_methods_cannot_be_made():
    with pytest.raises(TypeError, match="abstract"):
        Environment()


def test_an_environment_needs_a_process_of_its_own_unless_it_says_otherwise():
    assert (Walk.SUPPORTS_CONCURRENT_SESSIONS, Walk.REQUIRES_SINGLE_THREAD_EXECUTOR) == (False, False)


def test_closing_does_nothing_by_itself():
    Walk().close()


def test_the_metadata_name_the_class():
    wanted = EnvironmentMetadata(name="Walk", description="Walk environment", version="1.0.0")
    assert Walk().get_metadata() == wanted


def test_an_environment_draws_nothing_and_has_no_buttons():
    assert (Walk().render_web({}), Walk().web_actions({})) == (None, [])


def test_the_asynchronous_methods_call_the_others():
    async def both() -> list[dict[str, Any]]:
        walk = Walk()
        reset = await walk.reset_async(seed=1, episode_id="a", level=2)
        return [reset.metadata, (await walk.step_async(Action(), timeout_s=3, fast=True)).metadata]

    assert asyncio.run(both()) == [{"seed": 1, "episode_id": "a", "level": 2}, {"timeout_s": 3, "fast": True}]


class Scored(Walk):
    """As authors use their rubric."""

    def reset(self, *arguments: Any, **options: Any) -> Observation:
        self._reset_rubric()
        return Observation()

    def step(self, action: Action, *arguments: Any, **options: Any) -> Observation:
        return Observation(reward=self._apply_rubric(action, Observation()))

    async def reset_async(self, *arguments: Any, **options: Any) -> Observation:
        await self._reset_rubric_async()
        return Observation()

    async def step_async(self, action: Action, *arguments: Any, **options: Any) -> Observation:
        return Observation(reward=await self._apply_rubric_async(action, Observation()))


@pytest.mark.parametrize(("rubric", "reward"), [(None, 0.0), (Half(), 0.5)], ids=["none", "a rubric"])
def test_the_reward_is_the_rubric_s_or_zero(rubric: Any, reward: float):
    scored = Scored(rubric=rubric)
    scored.reset()
    assert scored.step(Action()).reward == reward


@pytest.mark.parametrize(
    ("rubric", "reward"), [(None, 0.0), (Half(), 0.5), (LateHalf(), 0.5)], ids=["none", "plain", "awaiting"]
)
def test_a_rubric_may_await(rubric: Any, reward: float):
    async def use() -> Observation:
        scored = Scored(rubric=rubric)
        await scored.reset_async()
        return await scored.step_async(Action())

    assert asyncio.run(use()).reward == reward


@pytest.mark.parametrize("rubric", [Half(), LateHalf()], ids=["plain", "awaiting"])
def test_a_rubric_is_reset_with_the_environment(rubric: Any):
    asyncio.run(Scored(rubric=rubric).reset_async())
    assert rubric.resets == 1
