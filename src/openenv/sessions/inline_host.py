"""The inline host: on the event loop, for environments whose calls take microseconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from openenv.errors import ServerError
from openenv.sessions.dispatch import Dispatch
from openenv.sessions.host import Answered, BranchesMade, nobody_minds
from openenv.wire.frames import Failure, Fork, Reply, Request


class InlineHost:
    """The environment is made and closed in a thread, and called on the event loop. One that awaits has a loop of its
    own, and is called from a thread."""

    def __init__(self, dispatch: Dispatch) -> None:
        self._dispatch = dispatch
        self.answer: Callable[[Request], Reply] | None = None
        self.lost: Callable[[ServerError], None] = nobody_minds

    @property
    def seats(self) -> int:
        """The environment's."""
        return self._dispatch.seats

    async def start(self) -> None:
        """Make the environment."""
        making = asyncio.ensure_future(asyncio.to_thread(self._dispatch.create))
        try:
            await asyncio.shield(making)
            self.answer = None if self._dispatch.awaits else self._dispatch.handle
        except asyncio.CancelledError:  # nobody waits any more: what may have been made is closed
            making.add_done_callback(lambda made: made.exception())  # which has been logged
            making.add_done_callback(lambda _: self._dispatch.close())
            raise

    def call(self, request: Request, answered: Answered) -> None:
        """Call the environment in a thread, where it waits for its own event loop."""
        calling = asyncio.get_running_loop().run_in_executor(None, self._dispatch.handle, request)
        calling.add_done_callback(lambda done: answered(done.result()))

    def fork(self, request: Fork, forked: BranchesMade) -> None:
        """By the environment itself, in a thread."""

        def made(done: asyncio.Future[list[Dispatch] | Failure]) -> None:
            outcome = done.result()
            forked(outcome if isinstance(outcome, Failure) else [InlineHost(branch) for branch in outcome])

        forking = asyncio.get_running_loop().run_in_executor(None, self._dispatch.fork, request)
        forking.add_done_callback(made)

    def interrupt(self) -> None:
        """Nothing can: the loop itself runs the call."""

    def abandon(self) -> None:
        """Nothing can end it."""

    async def close(self) -> None:
        """Close the environment."""
        await asyncio.to_thread(self._dispatch.close)

    async def ended(self) -> None:
        """Nothing runs it."""
