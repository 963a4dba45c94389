"""``SyncVectorEnv``: the same coroutines, run to their end where they are called."""

from __future__ import annotations

from collections.abc import Coroutine, Generator, Iterable, Sequence
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from openenv.client.usage import OneOfAKind
from openenv.vector.autoreset import AutoresetMode
from openenv.vector.results import BatchResult
from openenv.vector.vector_env import Seed, VectorEnv

A = TypeVar("A")
O = TypeVar("O")  # noqa: E741
S = TypeVar("S")
T = TypeVar("T")


class SyncVectorEnv(OneOfAKind, Generic[A, O, S]):
    """Many episodes without an event loop. It may be used from any thread, one call at a time.

    Awaiting it, or ``async with``, gives the asynchronous ``VectorEnv`` instead.
    """

    def __init__(self, async_vector: VectorEnv[A, O, S]) -> None:
        self._vector = async_vector

    @property
    def async_vector(self) -> VectorEnv[A, O, S]:
        """The vector whose coroutines these are."""
        return self._vector

    @property
    def num_envs(self) -> int:
        """How many environments there are."""
        return self._vector.num_envs

    @property
    def batch_size(self) -> int:
        """How many ``recv`` waits for."""
        return self._vector.batch_size

    @property
    def autoreset_mode(self) -> AutoresetMode:
        """When the next episode begins."""
        return self._vector.autoreset_mode

    def reset(
        self,
        *,
        seed: Seed = None,
        env_ids: Iterable[int] | None = None,
        timeout_s: float | None = None,
        **options: Any,
    ) -> BatchResult[O]:
        """Start an episode in each environment; see ``VectorEnv.reset``."""
        return self._run(self._vector._reset(seed, env_ids, timeout_s, options))

    def step(self, actions: Sequence[A], *, timeout_s: float | None = None) -> BatchResult[O]:
        """Take one action in each environment; see ``VectorEnv.step``."""
        return self._run(self._vector._step(actions, timeout_s))

    def send(
        self, actions: Sequence[A], env_ids: Iterable[int] | None = None, *, timeout_s: float | None = None
    ) -> None:
        """Take an action in each of these environments, without waiting; see ``VectorEnv.send``."""
        self._run(self._vector._send(actions, env_ids, timeout_s))

    def recv(self, *, timeout_s: float | None = None) -> BatchResult[O]:
        """The first ``batch_size`` to finish; see ``VectorEnv.recv``."""
        return self._run(self._vector._recv(timeout_s))

    def close(self) -> None:
        """End all sessions, and what was started for them. Calling it again does nothing."""
        self._run(self._vector._close())

    def sync(self) -> Self:
        """This vector."""
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __await__(self) -> Generator[Any, Any, VectorEnv[A, O, S]]:
        return self._vector.__aenter__().__await__()

    async def __aenter__(self) -> VectorEnv[A, O, S]:
        return self._vector

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._vector._close()

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._vector._usage.drive(coroutine)
