"""The thread host: one thread that only this session uses."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from openenv.errors import EnvironmentFactoryError, ServerError
from openenv.sessions.dispatch import Dispatch
from openenv.sessions.host import Answered, BranchesMade, nobody_minds
from openenv.wire.frames import Failure, Fork, Reply, Request

_Job = tuple[Callable[..., Any], tuple[Any, ...], Callable[[Any], None]]


class ThreadHost:
    """The environment is made, called and closed in one thread, so that libraries bound to a thread work."""

    def __init__(self, dispatch: Dispatch) -> None:
        self._dispatch = dispatch
        self.answer: Callable[[Request], Reply] | None = None
        self.lost: Callable[[ServerError], None] = nobody_minds
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=f"openenv-session-{dispatch.name}", daemon=True)
        self._over = asyncio.Event()
        self._abandoned = False

    @property
    def seats(self) -> int:
        """The environment's."""
        return self._dispatch.seats

    async def start(self) -> None:
        """Start the thread and make the environment there."""
        self._begin()
        try:
            await self._submit(self._dispatch.create)
        except BaseException:  # also when nobody waits any more: what may have been made is closed
            self.abandon()
            raise

    def _begin(self) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            self._thread.start()
        except RuntimeError as error:  # the system has no thread left
            self._over.set()
            raise EnvironmentFactoryError(self._thread.name, f"no thread for one more session: {error}") from error

    def call(self, request: Request, answered: Answered) -> None:
        """Call the environment in its thread."""
        self._jobs.put((self._dispatch.handle, (request,), answered))

    def fork(self, request: Fork, forked: BranchesMade) -> None:
        """By the environment itself, in its thread; each branch gets a thread of its own."""

        def made(outcome: list[Dispatch] | Failure) -> None:
            if isinstance(outcome, Failure):
                forked(outcome)
                return
            hosts = [ThreadHost(branch) for branch in outcome]
            try:
                for host in hosts:
                    host._begin()
            except EnvironmentFactoryError as error:
                for host in hosts:
                    _ = self._loop.run_in_executor(None, host._dispatch.close)
                    host.abandon()
                forked(Failure.of(error, channel=request.channel, id=request.id))
            else:
                forked(hosts)

        self._jobs.put((self._dispatch.fork, (request,), made))

    def interrupt(self) -> None:
        """Nothing can interrupt a thread."""

    def abandon(self) -> None:
        """Nothing can end a thread: it closes the environment when it comes to it."""
        self._abandoned = True
        self._jobs.put((self._dispatch.close, (), lambda _: None))
        self._jobs.put(None)

    async def close(self) -> None:
        """Close the environment in its thread; the thread ends."""
        if not self._abandoned:  # else the thread does that, and then takes nothing more
            closing = self._submit(self._dispatch.close)
            self._jobs.put(None)
            await closing
        await self._over.wait()

    async def ended(self) -> None:
        """Wait for the thread's end."""
        await self._over.wait()

    def _submit(self, function: Callable[..., Any]) -> asyncio.Future[None]:
        done: asyncio.Future[None] = self._loop.create_future()

        def settle(error: BaseException | None) -> None:
            if done.cancelled():
                return
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)

        self._jobs.put((_caught, (function,), settle))
        return done

    def _work(self) -> None:
        try:
            while (job := self._jobs.get()) is not None:
                function, args, answered = job
                self._loop.call_soon_threadsafe(answered, function(*args))
            self._loop.call_soon_threadsafe(self._over.set)
        except RuntimeError:  # the loop is closed: nobody waits any more
            return


def _caught(function: Callable[[], None]) -> BaseException | None:
    """What the function raises; dispatch classifies, and this is the top of the thread."""
    try:
        function()
    except BaseException as error:
        return error
    return None
