"""An event loop in a thread of its own, for environments that await: it keeps turning between calls."""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
from collections.abc import Callable
from typing import Any

logger = logging.getLogger("openenv.sessions")


class LoopThread:
    """Runs functions on its loop, and awaits what they return, while the caller waits."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._turn, name=f"openenv-loop-{name}", daemon=True)
        self._thread.start()

    def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call the function on the loop's thread; what it raises is raised here. An interrupt (Ctrl-C) cancels it."""
        ended = threading.Event()
        calling = asyncio.run_coroutine_threadsafe(_call(function, args, kwargs, ended), self._loop)
        try:
            return calling.result()
        except KeyboardInterrupt:
            calling.cancel()
            ended.wait()
            raise

    def stop(self) -> None:
        """Cancel what is left on the loop, end its thread and close it."""
        asyncio.run_coroutine_threadsafe(_cancel_others(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _turn(self) -> None:
        while True:
            try:
                self._loop.run_forever()
                return
            except (SystemExit, KeyboardInterrupt):  # the two that asyncio lets out of its loop
                logger.exception("a task tried to end the program from %s", self._thread.name)


async def _call(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], ended: threading.Event
) -> Any:
    try:
        result = function(*args, **kwargs)
        return await result if inspect.isawaitable(result) else result
    finally:
        ended.set()


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()
