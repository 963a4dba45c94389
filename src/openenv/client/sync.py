"""``SyncEnvClient``: the same coroutines, run to their end where they are called."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Coroutine, Generator
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from openenv.client.env_client import EnvClient
from openenv.client.usage import OneOfAKind
from openenv.contract.results import StepResult
from openenv.contract.transition import Whole, handed_over
from openenv.wire.frames import Result

A = TypeVar("A")
O = TypeVar("O")  # noqa: E741
S = TypeVar("S")
T = TypeVar("T")


class SyncEnvClient(OneOfAKind, Generic[A, O, S]):
    """A session without an event loop: no thread, no hop, the caller's thread does the work.

    It may be used from any thread, one call at a time. Methods that an author added to the client class work here
    too, also ``async def`` ones. Awaiting it, or ``async with``, gives the asynchronous client instead.
    """

    def __init__(self, async_client: EnvClient[A, O, S]) -> None:
        self._client = async_client

    @property
    def async_client(self) -> EnvClient[A, O, S]:
        """The client whose coroutines these are."""
        return self._client

    @property
    def base_url(self) -> str | None:
        """The server's address; None for an environment of this process's own."""
        return self._client.base_url

    def connect(self) -> Self:
        """Begin a session, unless one is open."""
        self._run(self._client._connect())
        return self

    def reset(self, *, timeout_s: float | None = None, **options: Any) -> StepResult[O]:
        """Start an episode; see ``EnvClient.reset``."""
        return self._run(self._client._reset(options, timeout_s))

    def step(self, action: A, *, timeout_s: float | None = None) -> StepResult[O]:
        """Take one action; see ``EnvClient.step``."""
        client, usage = self._client, self._client._usage
        if timeout_s is None and usage.is_blocking and not client._has_hooks:  # a coroutine would be a tenth of a step
            with usage.lock:
                session = client._session
                if session is not None:
                    reply = session.step(client._step_fields(action), within_s=client._limits.message_timeout_s)
                    if isinstance(reply, Whole):
                        return handed_over(reply, adapter=client._models.observation)
                    return client._result_of(reply if isinstance(reply, Result) else usage.drive(reply))
        return usage.drive(client._step(action, timeout_s))

    def state(self) -> S:
        """Where the episode is."""
        return self._run(self._client._state())

    def new_session(self) -> SyncEnvClient[A, O, S]:
        """Another client with a session of its own, closed with this one."""
        return SyncEnvClient(self._run(self._client._new_session()))

    def fork(self, count: int, *, reseed: bool = False) -> list[SyncEnvClient[A, O, S]]:
        """Clients whose sessions go on from the state of this one; see ``EnvClient.fork``."""
        return [SyncEnvClient(branch) for branch in self._run(self._client._fork(count, reseed))]

    def snapshot(self) -> bytes:
        """The environment's state as bytes; see ``EnvClient.snapshot``."""
        return self._run(self._client._snapshot())

    def restore(self, snapshot: bytes) -> None:
        """Go on from a snapshot; see ``EnvClient.restore``."""
        self._run(self._client._restore(snapshot))

    def disconnect(self) -> None:
        """End the session. ``connect`` or ``reset`` begin a new one."""
        self._run(self._client._disconnect())

    def close(self) -> None:
        """End the session and what was started for it. Calling it again does nothing."""
        self._run(self._client._close())

    def sync(self) -> Self:
        """This client."""
        return self

    def __enter__(self) -> Self:
        return self.connect()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __await__(self) -> Generator[Any, Any, EnvClient[A, O, S]]:
        return self._client._connect().__await__()

    async def __aenter__(self) -> EnvClient[A, O, S]:
        return await self._client._connect()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client._close()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = getattr(self._client, name)
        if not callable(found):
            return found

        @functools.wraps(found)
        def call(*args: Any, **kwargs: Any) -> Any:
            with self._client._usage.at_once():
                result = found(*args, **kwargs)
                return self._run(result) if inspect.iscoroutine(result) else result

        return call

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._client._usage.drive(coroutine)
