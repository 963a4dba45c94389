"""The inline host: on the event loop, for environments whose calls take microseconds."""

from __future__ import annotations

import asyncio

from openenv.sessions.dispatch import Dispatch
from openenv.sessions.factory import EnvironmentFactory
from openenv.sessions.host import Answered
from openenv.wire.frames import Request


class InlineHost:
    """The environment is made and closed in a thread, and called on the event loop. One that awaits has a loop of its
    own, and is called from a thread."""

    def __init__(self, factory: EnvironmentFactory) -> None:
        self._dispatch = Dispatch(factory)

    async def start(self) -> None:
        """Make the environment."""
        making = asyncio.ensure_future(asyncio.to_thread(self._dispatch.create))
        try:
            await asyncio.shield(making)
        except asyncio.CancelledError:  # nobody waits any more: what may have been made is closed
            making.add_done_callback(lambda made: made.exception())  # which has been logged
            making.add_done_callback(lambda _: self._dispatch.close())
            raise

    def call(self, request: Request, answered: Answered) -> None:
        """Call the environment, here and now."""
        if not self._dispatch.awaits:
            answered(self._dispatch.handle(request))
            return
        calling = asyncio.get_running_loop().run_in_executor(None, self._dispatch.handle, request)
        calling.add_done_callback(lambda done: answered(done.result()))

    def interrupt(self) -> None:
        """Nothing can: the loop itself runs the call."""

    def abandon(self) -> None:
        """Nothing can end it."""

    async def close(self) -> None:
        """Close the environment."""
        await asyncio.to_thread(self._dispatch.close)

    async def ended(self) -> None:
        """Nothing runs it."""
