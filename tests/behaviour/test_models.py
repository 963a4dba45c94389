"""Models: pydantic models, dataclasses, msgspec structs and arrays mean the same in every place."""

import numpy as np
import pytest

from openenv import GenericEnvClient, State, StepResult
from openenv.errors import ValidationError
from tests.behaviour.canvas import Canvas, CanvasEnv, HookedCanvasEnv, Paint
from tests.behaviour.environments import (
    Command,
    Gallows,
    Guess,
    Hangman,
    HangmanEnv,
    Move,
    Outcome,
    Shell,
    ShellEnv,
    Walk,
    WalkEnv,
    Word,
)
from tests.behaviour.places import everywhere, over_a_wire


@everywhere
async def test_two_dataclasses_serve_as_they_stand(place):
    env = await place.shared(Shell, ShellEnv)
    assert await env.reset() == StepResult(Outcome("ready", False), None, False, {}, False)
    assert await env.step(Command("ls")) == StepResult(Outcome("LS", False), None, False, {}, False)
    assert await env.step(Command("exit")) == StepResult(Outcome("EXIT", True), None, True, {}, False)
    assert await env.state() == State(episode_id="shell")


@everywhere
async def test_msgspec_structs_serve_as_they_stand(place):
    env = await place.shared(Hangman, HangmanEnv)
    assert await env.reset() == StepResult(Word("___"), None, False, {}, False)
    assert await env.step(Guess("a")) == StepResult(Word("a__", 1.0), 1.0, False, {}, False)
    assert await env.state() == Gallows(guesses=1)


@everywhere
async def test_arrays_keep_dtype_shape_and_values(place):
    env = await place.shared(Canvas, CanvasEnv)
    await env.reset()
    seen = (await env.step(Paint(pixels=np.array([[0, 1], [254, 255]], np.uint8)))).observation
    assert (seen.pixels.dtype, seen.pixels.tolist()) == (np.uint8, [[255, 254], [1, 0]])
    assert (seen.mean.dtype, seen.mean.shape, float(seen.mean)) == (np.float32, (), 127.5)


@everywhere
async def test_an_array_that_is_flat_on_v1_has_its_shape_everywhere(place):
    env = await place.shared(Canvas, CanvasEnv)
    await env.reset()
    seen = (await env.step(Paint(pixels=np.array([[0, 1, 2], [253, 254, 255]], np.uint8)))).observation
    assert (seen.flat.dtype, seen.flat.tolist()) == (np.uint8, [[255, 2], [254, 1], [253, 0]])


@everywhere
async def test_the_hooks_of_the_reference_s_clients_are_given_lists(place):
    env = await place.shared(Canvas, HookedCanvasEnv)
    await env.reset()
    seen = (await env.step(Paint(pixels=np.array([[0, 1], [254, 255]], np.uint8)))).observation
    flat = {"flat": [255, 1, 254, 0], "flat_shape": [2, 2]}
    assert seen == {"metadata": {}, "pixels": [[255, 254], [1, 0]], "mean": 127.5, **flat}


@everywhere
async def test_an_array_without_elements_keeps_its_shape(place):
    env = await place.shared(Canvas, CanvasEnv)
    await env.reset()
    seen = (await env.step(Paint(pixels=np.zeros((2, 0), np.uint8)))).observation
    assert (seen.pixels.shape, seen.flat.shape) == ((2, 0), (0, 2))


@everywhere
async def test_an_array_may_be_sent_as_nested_lists(place):
    env = await place.shared(Canvas, GenericEnvClient)
    await env.reset()
    result = await env.step({"pixels": [[1], [2]]})
    assert np.asarray(result.observation["pixels"]).tolist() == [[254], [253]]


@everywhere
async def test_a_megabyte_of_pixels_arrives_whole(place):
    pixels = np.arange(2**20, dtype=np.uint32).astype(np.uint8).reshape(2, -1)
    async with place.client(Canvas, CanvasEnv) as env:  # which holds a shelf from now on
        await env.reset()
        seen = (await env.step(Paint(pixels=pixels))).observation
    assert np.array_equal(seen.pixels, 255 - pixels)


@everywhere
async def test_a_value_of_the_wrong_type_is_a_validation_error_and_the_session_lives_on(place):
    env = await place.shared(Walk, GenericEnvClient)
    await env.reset()
    with pytest.raises(ValidationError) as raised:
        await env.step({"by": "far"})
    assert [(error["type"], error["loc"]) for error in raised.value.errors] == [("int_parsing", ["by"])]
    assert (await env.step({"by": 1})).observation["position"] == 1


@everywhere
async def test_a_missing_and_an_unknown_field_are_both_named(place):
    env = await place.shared(Walk, GenericEnvClient)
    await env.reset()
    with pytest.raises(ValidationError) as raised:
        await env.step({"how_far": 1})
    assert sorted((error["type"], *error["loc"]) for error in raised.value.errors) == [
        ("extra_forbidden", "how_far"),
        ("missing", "by"),
    ]


@everywhere
async def test_a_validator_that_raises_value_error_is_a_validation_error(place):
    env = await place.shared(Walk, GenericEnvClient)
    await env.reset()
    with pytest.raises(ValidationError, match="nobody leaps that far"):
        await env.step({"by": 101})
    assert (await env.step({"by": 1})).observation["position"] == 1


@over_a_wire
async def test_an_array_of_the_wrong_shape_is_a_validation_error(place):
    env = await place.shared(Canvas, GenericEnvClient)
    await env.reset()
    with pytest.raises(ValidationError, match="shape"):
        await env.step({"pixels": [[1], [2], [3]]})


@everywhere
async def test_a_mapping_may_stand_for_the_action_of_a_typed_client(place):
    env = await place.shared(Walk, WalkEnv)
    await env.reset()
    assert (await env.step({"by": 2})).observation.position == 2
    assert (await env.step(Move(by=2))).observation.position == 4
