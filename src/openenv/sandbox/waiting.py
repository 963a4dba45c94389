"""Waiting in two colours: the same coroutines either block or let an event loop go on.

A blocking wait never suspends, so that ``drive`` runs a coroutine to its end in one go.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

Events = list[tuple[int, int]]


class Wait(Protocol):
    """Wait until a poller has events, at most ``timeout_s`` seconds; those that it has."""

    async def __call__(self, poller: select.epoll, timeout_s: float, /) -> Events:
        """Nothing when the time is over."""
        ...


async def block(poller: select.epoll, timeout_s: float, /) -> Events:
    """Blocks the thread."""
    return poller.poll(timeout_s)


async def suspend(poller: select.epoll, timeout_s: float, /) -> Events:
    """Lets the running event loop go on."""
    if events := poller.poll(0):
        return events
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_reader(poller.fileno(), _settle, ready)
    timer = loop.call_later(timeout_s, _settle, ready)
    try:
        await ready
    finally:
        timer.cancel()
        loop.remove_reader(poller.fileno())
    return poller.poll(0)


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never suspends."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    coroutine.close()
    raise RuntimeError("a blocking call tried to wait for an event loop")


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
