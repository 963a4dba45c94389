"""The main episode: what ``reset``, ``step`` and ``state`` mean in every place."""

import pytest

from openenv import GenericAction, GenericEnvClient, StepResult
from tests.behaviour.environments import Bare, HookedWalkEnv, Move, Sight, Walk, WalkEnv, Where
from tests.behaviour.places import everywhere


@everywhere
async def test_an_episode_runs_from_reset_to_its_end(place):
    async with place.client(Walk) as env:
        first = await env.reset(seed=3, episode_id="walk-1")
        middle = await env.step(Move(by=4))
        last = await env.step(Move(by=6))
        state = await env.state()
    results = [(r.observation.position, r.reward, r.done, r.truncated) for r in (first, middle, last)]
    assert results == [(0, None, False, False), (4, 1.0, False, False), (10, 1.5, True, False)]
    assert state == Where(episode_id="walk-1", step_count=2, position=10, seed=3)


@everywhere
async def test_a_result_is_the_observation_and_what_every_environment_says_beside_it(place):
    env = await place.shared(Walk)
    await env.reset()
    assert await env.step(Move(by=2)) == StepResult(
        observation=Sight(position=2, reward=0.5), reward=0.5, done=False, metadata={}, truncated=False
    )


@everywhere
async def test_observation_and_state_have_the_types_of_the_client(place):
    env = await place.shared(Walk)
    result = await env.reset()
    assert (type(result.observation), type(await env.state())) == (Sight, Where)


@everywhere
async def test_reset_starts_a_new_episode(place):
    env = await place.shared(Walk)
    await env.reset(episode_id="first")
    await env.step(Move(by=3))
    result = await env.reset(episode_id="second")
    assert result.observation.position == 0
    assert await env.state() == Where(episode_id="second")


@everywhere
async def test_reset_options_that_the_environment_does_not_take_are_ignored(place):
    env = await place.shared(Walk)
    result = await env.reset(seed=5, weather="rain", action=2)
    assert result.observation.position == 0
    assert (await env.state()).seed == 5


@everywhere
async def test_an_environment_may_take_no_parameters_at_all(place):
    env = await place.shared(Bare)
    first = await env.reset(seed=1, episode_id="x")
    second = await env.step(Move(by=1))
    assert (first.observation.position, second.observation.position) == (7, 8)


@everywhere
async def test_an_episode_that_ends_by_the_tasks_rules_is_terminated(place):
    env = await place.shared(Walk)
    await env.reset()
    result = await env.step(Move(by=-1))
    assert (result.done, result.terminated, result.truncated) == (True, True, False)


@everywhere
async def test_an_episode_that_ends_for_another_reason_is_truncated(place):
    env = await place.shared(Walk)
    await env.reset(limit=1)
    result = await env.step(Move(by=1))
    assert (result.done, result.terminated, result.truncated) == (True, False, True)
    seen = result.observation
    assert (seen.position, seen.reward, seen.done, seen.truncated) == (1, 0.25, True, True)


@everywhere
async def test_metadata_is_in_the_result_and_in_the_observation(place):
    env = await place.shared(Walk)
    result = await env.reset(limit=3)
    assert (result.metadata, result.observation.metadata) == ({"limit": 3}, {"limit": 3})


@everywhere
async def test_a_step_after_the_end_is_the_environments_to_answer(place):
    env = await place.shared(Walk)
    await env.reset()
    await env.step(Move(by=10))
    result = await env.step(Move(by=1))
    assert (result.observation.position, result.done) == (11, True)


@everywhere
async def test_a_step_before_reset_is_the_environments_to_answer(place):
    async with place.client(Walk) as env:
        assert (await env.step(Move(by=1))).observation.position == 1


@everywhere
async def test_the_generic_client_takes_and_gives_dicts(place):
    env = await place.shared(Walk, GenericEnvClient)
    first = await env.reset(episode_id="generic")
    second = await env.step(GenericAction(by=4))
    third = await env.step({"by": 1})
    assert first.observation == {"position": 0, "metadata": {"limit": 1000}}
    assert second.observation == {"position": 4, "metadata": {}}
    assert (third.observation["position"], third.reward, third.done) == (5, 0.25, False)
    assert await env.state() == {"episode_id": "generic", "step_count": 2, "position": 5, "seed": None}


@everywhere
async def test_the_reference_s_hooks_are_honoured(place):
    env = await place.shared(Walk, HookedWalkEnv)
    first = await env.reset()
    second = await env.step(Move(by=2))
    assert (first.observation.position, second.observation.position) == (1000, 1004)
    assert await env.state() == Where(episode_id="parsed", position=4)


@everywhere
async def test_a_truncated_episode_is_truncated_also_through_the_reference_s_hooks(place):
    env = await place.shared(Walk, HookedWalkEnv)
    await env.reset(limit=1)
    assert (await env.step(Move(by=1))).truncated is True


@everywhere
async def test_a_method_that_the_author_added_works_in_both_colours(place):
    env = await place.shared(Walk, WalkEnv)
    await env.reset()
    assert await env.walk(1, 2, 3) == [1, 3, 6]


@everywhere
async def test_a_wrong_action_type_is_refused_before_anything_is_sent(place):
    env = await place.shared(Walk)
    await env.reset()
    with pytest.raises(TypeError, match="step takes Move, not Sight"):
        await env.step(Sight(position=1))
    assert (await env.step(Move(by=1))).observation.position == 1
