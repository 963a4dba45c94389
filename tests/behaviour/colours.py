"""Both colours behind one face: a test is written once, as a coroutine, and awaits every call.

In the synchronous colour no event loop runs: the test's coroutine is driven to its end, and nothing in it suspends.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from openenv import EnvClient, SyncEnvClient

BOUND_S = 30.0
"""How long anything may take that a test waits for: long enough for a busy machine."""


class Face:
    """A synchronous client that is called with ``await``."""

    def __init__(self, client: SyncEnvClient[Any, Any, Any]) -> None:
        self.client = client

    async def __aenter__(self) -> "Face":
        self.client.__enter__()
        return self

    async def __aexit__(self, *failure: Any) -> None:
        self.client.__exit__(*failure)

    async def new_session(self) -> "Face":
        return Face(self.client.new_session())

    async def fork(self, count: int, **options: Any) -> "list[Face]":
        return [Face(client) for client in self.client.fork(count, **options)]

    async def connect(self) -> "Face":
        self.client.connect()
        return self

    def __getattr__(self, name: str) -> Any:
        async def call(*args: Any, **kwargs: Any) -> Any:
            return getattr(self.client, name)(*args, **kwargs)

        return call


class Pending:
    """A call in a thread of its own."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._outcome: list[Any] = []
        self._thread = threading.Thread(target=self._run, args=(coroutine,))
        self._thread.start()

    async def outcome(self) -> Any:
        """What it returned or raised."""
        self._thread.join(BOUND_S)
        assert self._outcome, "the call has no end"
        return self._outcome[0]

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        try:
            self._outcome.append(run_to_the_end(coroutine))
        except BaseException as error:
            self._outcome.append(error)


class PendingTask:
    """A call in a task of its own."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._task = asyncio.create_task(coroutine)

    async def outcome(self) -> Any:
        """What it returned or raised."""
        done, _ = await asyncio.wait([self._task], timeout=BOUND_S)
        assert done, "the call has no end"
        return self._task.exception() or self._task.result()


class Synchronous:
    """The colour without an event loop."""

    def __init__(self) -> None:
        self.name = "sync"

    def face(self, client: EnvClient[Any, Any, Any]) -> Any:
        """The client, to be called with ``await``."""
        return Face(client.sync())

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Run a test."""
        run_to_the_end(coroutine)

    def begin(self, coroutine: Coroutine[Any, Any, Any]) -> Pending:
        """Start a call and go on."""
        return Pending(coroutine)

    async def blocking(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call a function that blocks."""
        return function(*args)

    def close(self) -> None:
        """Nothing was started."""


class Asynchronous:
    """The colour on an event loop, the same one for all tests, so that clients may be shared."""

    def __init__(self) -> None:
        self.name = "async"
        self._runner = asyncio.Runner()
        self._runner.get_loop()

    def face(self, client: EnvClient[Any, Any, Any]) -> Any:
        """The client itself."""
        return client

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Run a test."""
        self._runner.run(coroutine)

    def begin(self, coroutine: Coroutine[Any, Any, Any]) -> PendingTask:
        """Start a call and go on."""
        return PendingTask(coroutine)

    async def blocking(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call a function that blocks."""
        return await asyncio.to_thread(function, *args)

    def close(self) -> None:
        """End the loop."""
        self._runner.close()


def run_to_the_end(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that never suspends."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("a synchronous client suspended")
