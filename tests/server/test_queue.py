"""More clients than a server has room for: each waits for its turn."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from itertools import accumulate

import pytest

from openenv import EnvClient
from tests.server.environments import Add, Count, Counter, Total

ROOM, CLIENTS, EPISODES, STEPS = 3, 24, 3, 3


class CounterEnv(EnvClient[Add, Total, Count]): ...


@pytest.fixture(params=["inline", "thread", "process"])
def url(request, journal) -> Iterator[str]:
    target = f"{Counter.__module__}:{Counter.__qualname__}"
    words = ["--option", f"journal={journal.path}", "--host-sessions", request.param, "--max-sessions", str(ROOM)]
    command = [sys.executable, "-m", "openenv.cli", "serve", target, *words, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[4]
        process.terminate()


@pytest.mark.parametrize("wire", ["v1", "auto"])
def test_every_episode_of_too_many_clients_is_played_and_there_are_never_more_environments_than_there_is_room(
    url, wire, journal
):
    async def episode() -> int:
        async with CounterEnv(url, wire=wire) as env:
            await env.reset()
            return sum([(await env.step(Add(amount=1))).observation.total for _ in range(STEPS)])

    async def client() -> list[int]:
        return [await episode() for _ in range(EPISODES)]

    async def all_clients() -> list[list[int]]:
        return await asyncio.gather(*(client() for _ in range(CLIENTS)))

    assert asyncio.run(all_clients()) == [[1 + 2 + 3] * EPISODES] * CLIENTS
    changes = [1 if event == "made" else -1 for event in journal.events]
    assert changes.count(1) == CLIENTS * EPISODES
    assert max(accumulate(changes)) <= ROOM
