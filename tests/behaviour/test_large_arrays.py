"""Large arrays arrive whole, and stay as they were, however they travel."""

import asyncio
import sys
from pathlib import Path

import numpy as np
import pytest

from openenv import Action, VectorEnv
from openenv.runtimes.embedded import EmbeddedRuntime
from openenv.sessions.asking import ask
from openenv.sessions.factory import EnvironmentFactory
from openenv.sessions.process_host import ProcessHost
from openenv.wire.frames import Reply, Reset, Result, Step
from openenv.wire.values import Packed, unpacked
from tests.behaviour.canvas import Mural, MuralEnv, View
from tests.behaviour.places import EMBEDDED, IN_PROCESSES, over, over_a_wire

STEPS = 40
"""More than there are announcements of a shelf."""

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere all arrays go through the socket")


def check(view: View, number: int) -> None:
    """All elements are those of this step."""
    assert np.array_equal(view.pixels, np.full((200, 200, 3), number, np.uint8))
    assert np.array_equal(view.depth, np.full((100, 100), number, np.float32))
    assert view.corner.tolist() == [number] * 3


@over_a_wire
async def test_what_was_seen_stays_as_it_was(place):
    async with place.client(Mural, MuralEnv) as env:
        views = [(await env.reset()).observation]
        for _ in range(STEPS):
            views.append((await env.step(Action())).observation)
        for number, view in enumerate(views):
            check(view, number)


@over([way for way in (*EMBEDDED, *IN_PROCESSES) if way.wire == "v2"])
async def test_branches_have_arrays_of_their_own(place):
    async with place.client(Mural, MuralEnv) as env:
        await env.reset()
        for _ in range(3):
            await env.step(Action())
        branches = await env.fork(2)
        seen: list[tuple[View, int]] = []
        for times in range(4, 4 + STEPS):
            for client in (*branches, env):
                seen.append(((await client.step(Action())).observation, times))
        for view, number in seen:
            check(view, number)


@pytest.mark.parametrize("batch_size", [4, 1])
def test_the_environments_of_a_vector(batch_size: int):
    with VectorEnv(MuralEnv(provider=EmbeddedRuntime(Mural)), 4, batch_size=batch_size) as envs:
        envs.reset()
        envs.send([Action()] * 4)
        taken = [0] * 4
        batches = []
        while len(batches) < STEPS:
            batches.append(batch := envs.recv())
            envs.send([Action()] * batch_size, batch.env_ids)
        for batch in batches:
            for env_id, pixels in zip(batch.env_ids.tolist(), batch.observations["pixels"], strict=True):
                taken[env_id] += 1
                assert (pixels == taken[env_id]).all()


@on_linux
def test_a_server_sends_on_what_it_has_taken_as_it_is():
    async def second_reply() -> Reply:
        host = ProcessHost(EnvironmentFactory.of(Mural))
        await host.start()
        try:
            await ask(host, Reset(1, 1))  # which offers the shelf
            return await ask(host, Step(1, 2, {}))
        finally:
            await host.close()

    reply = asyncio.run(second_reply())
    assert isinstance(reply, Result)
    assert type(reply.observation["pixels"]) is Packed
    check(View(**{name: unpacked(value) for name, value in reply.observation.items()}), 1)


def memories() -> int:
    """How many shelves this process has mapped."""
    return Path("/proc/self/maps").read_text().count("/memfd:openenv-")


def descriptors() -> int:
    """How many file descriptors of this process's are shelves."""
    return sum(
        path.is_symlink() and "/memfd:openenv-" in str(path.readlink()) for path in Path("/proc/self/fd").iterdir()
    )


@on_linux
@over(EMBEDDED)
async def test_a_shelf_is_found_and_nothing_of_it_is_left(place):
    before = memories(), descriptors()
    async with place.client(Mural, MuralEnv) as env:
        await env.reset()
        assert memories() == before[0] + 1
        assert descriptors() > before[1]
    assert (memories(), descriptors()) == before
