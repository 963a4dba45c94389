"""The thread host: one thread that only this session uses."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from openenv.sessions.dispatch import Dispatch
from openenv.sessions.factory import EnvironmentFactory
from openenv.wire.frames import Reply, Request

_Job = tuple[Callable[..., Any], tuple[Any, ...], "asyncio.Future[Any]"]


class ThreadHost:
    """The environment is made, called and closed in one thread, so that libraries bound to a thread work."""

    def __init__(self, factory: EnvironmentFactory) -> None:
        self._dispatch = Dispatch(factory)
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=f"openenv-session-{factory.name}", daemon=True)

    async def start(self) -> None:
        """Start the thread and make the environment there."""
        self._thread.start()
        try:
            await self._submit(self._dispatch.create)
        except BaseException:  # also when nobody waits any more: what may have been made is closed
            closing = self._submit(self._dispatch.close)
            closing.add_done_callback(lambda _: self._jobs.put(None))
            raise

    def call(self, request: Request) -> asyncio.Future[Reply]:
        """Call the environment in its thread."""
        return self._submit(self._dispatch.handle, request)

    async def close(self) -> None:
        """Close the environment in its thread; the thread ends."""
        await self._submit(self._dispatch.close)
        self._jobs.put(None)

    def _submit(self, function: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._jobs.put((function, args, future))
        return future

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            function, args, future = job
            result, failed = None, None
            try:
                result = function(*args)
            except BaseException as error:  # dispatch classifies; this is the top of the thread
                failed = error
            try:
                future.get_loop().call_soon_threadsafe(_settle, future, result, failed)
            except RuntimeError:  # the loop is closed: nobody waits any more
                return


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.cancelled():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
