"""What a trainer does: many clients at once, each with one episode after another. The reference's does the same, so it
needs nothing but Python's library."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

STEPS = 5

Episode = Callable[[Any], Awaitable[object]]


def train(client: Callable[[], AbstractAsyncContextManager[Any]], *, action: Any, clients: int, episodes: int) -> None:
    """Print how many episodes were played to their end, and in how many seconds, as JSON."""
    print(json.dumps(asyncio.run(_train(client, action, clients, episodes))))


async def _train(
    client: Callable[[], AbstractAsyncContextManager[Any]], action: Any, clients: int, episodes: int
) -> Any:
    began = time.perf_counter()
    completed = await asyncio.gather(*(_episodes(client, action, episodes) for _ in range(clients)))
    return {"completed": sum(completed), "seconds": time.perf_counter() - began}


async def _episodes(client: Callable[[], AbstractAsyncContextManager[Any]], action: Any, episodes: int) -> int:
    completed = 0
    for _ in range(episodes):
        try:
            async with client() as env:  # a new session for each
                await env.reset()
                for _ in range(STEPS):
                    await env.step(action)
                completed += 1
        except Exception:  # refused, whatever the library makes of it
            continue
    return completed
