"""Calls that are abandoned by who made them: by a signal in the synchronous colour, by cancellation in the other."""

import asyncio
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.behaviour.places import Place


class Interrupt(KeyboardInterrupt):
    """What the signal's handler raises."""


@contextmanager
def interruptible() -> Iterator[None]:
    """The signal of ``abandon`` raises in the main thread."""

    def handler(number: int, frame: object) -> None:
        raise Interrupt

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR1, before)


async def abandon(place: Place, call: Awaitable[Any], *, when: Callable[[], Any]) -> None:
    """Make a call and give it up as soon as ``when`` returns; it must not have been answered by then."""
    if place.colour.name == "sync":
        await _interrupted(call, when)
        return
    task = asyncio.ensure_future(call)
    await asyncio.to_thread(when)
    task.cancel()
    outcome = (await asyncio.gather(task, return_exceptions=True))[0]
    assert isinstance(outcome, asyncio.CancelledError), outcome


async def _interrupted(call: Awaitable[Any], when: Callable[[], Any]) -> None:
    def interrupt() -> None:
        when()
        os.kill(os.getpid(), signal.SIGUSR1)

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        outcome = await call
    except Interrupt:
        return
    finally:
        thread.join()
    raise AssertionError(f"not interrupted, but {outcome}")
