"""``VectorEnv``: many episodes of an environment, written once as coroutines for both colours."""

from __future__ import annotations

import time
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from functools import partial
from operator import index
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, SupportsIndex, TypeVar, cast

from openenv.client.env_client import EnvClient
from openenv.client.protocol_access import ProtocolAccess
from openenv.client.transport import check_seconds
from openenv.client.usage import OneOfAKind, Usage
from openenv.errors import ClientClosed, DeadlineExceeded
from openenv.vector.autoreset import AutoresetMode
from openenv.vector.episodes import Episodes
from openenv.vector.fleet import Fleet
from openenv.vector.outcomes import Outcomes
from openenv.vector.results import BatchResult

if TYPE_CHECKING:
    from openenv.vector.sync import SyncVectorEnv

A = TypeVar("A")
O = TypeVar("O")  # noqa: E741
S = TypeVar("S")

Seed = int | Sequence[int | None] | None


class VectorEnv(OneOfAKind, Generic[A, O, S]):
    """``num_envs`` sessions of one environment: a call asks all of them, and they work at the same time.

    ``clients`` say where they are: one client, or several with a server each, among which the sessions are divided.
    They begin no session of their own, and are closed with the vector. Sessions of a server share one connection;
    embedded ones share one worker where their environment is meant for it (``SESSION_HOST = "inline"``), and else have
    a process each.

    ``step`` waits for all. ``send`` waits for none, and ``recv`` for the first ``batch_size`` that finish, whichever
    they are. A session that is lost is reported as truncated, with its error, and another one takes its place. What
    ended is begun again as ``autoreset_mode`` says. Results are numpy arrays; MissingExtra without numpy.

    The methods are awaited; where no event loop runs they answer at once instead. ``sync()`` and ``with`` give the
    synchronous vector.
    """

    def __init__(
        self,
        clients: EnvClient[A, O, S] | Iterable[EnvClient[A, O, S]],
        num_envs: int,
        *,
        batch_size: int | None = None,
        autoreset_mode: Any = AutoresetMode.NEXT_STEP,
    ) -> None:
        self._accesses = [ProtocolAccess(client) for client in _each(clients)]
        _check_sizes(len(self._accesses), num_envs, batch_size)
        self.num_envs = num_envs
        self.batch_size = num_envs if batch_size is None else batch_size
        self.autoreset_mode = AutoresetMode.of(autoreset_mode)
        self._usage = Usage()
        self._episodes: Episodes | None = None
        self._turn: AbstractAsyncContextManager[Any] = nullcontext()
        self._closed = False

    def reset(
        self,
        *,
        seed: Seed = None,
        env_ids: Iterable[int] | None = None,
        timeout_s: float | None = None,
        **options: Any,
    ) -> Coroutine[Any, Any, BatchResult[O]]:
        """Start an episode in each environment, and give up what is on its way; or only in those of ``env_ids``.

        An int ``seed`` seeds environment ``i`` with ``seed + i``; a sequence has one for each. ``options`` go to the
        environment's ``reset``, also when the next episodes begin by themselves, then without a seed. Raises the error
        of the first that cannot begin.
        """
        return self._usage.in_colour(self._reset(seed, env_ids, timeout_s, options))

    def step(self, actions: Sequence[A], *, timeout_s: float | None = None) -> Coroutine[Any, Any, BatchResult[O]]:
        """Take one action in each environment; ``actions[i]`` is for environment ``i``. ``timeout_s`` is for each.

        What goes wrong in one of them is in ``errors`` of the result; it is raised where no environment has a session
        and none can be had. SessionLost before the first ``reset``; ValueError when there is not one action for each,
        when one is on its way already, or, with ``DISABLED``, when an episode is over.
        """
        return self._usage.in_colour(self._step(actions, timeout_s))

    def send(
        self, actions: Sequence[A], env_ids: Iterable[int] | None = None, *, timeout_s: float | None = None
    ) -> Coroutine[Any, Any, None]:
        """Take an action in each of these environments (all, if None), without waiting for any.
        ValueError and SessionLost as for ``step``."""
        return self._usage.in_colour(self._send(actions, env_ids, timeout_s))

    def recv(self, *, timeout_s: float | None = None) -> Coroutine[Any, Any, BatchResult[O]]:
        """The first ``batch_size`` to finish of what was sent. DeadlineExceeded when there are not so many within
        ``timeout_s``; nothing is lost then, and ``recv`` may be called again. ValueError when fewer were sent."""
        return self._usage.in_colour(self._recv(timeout_s))

    def close(self) -> Coroutine[Any, Any, None]:
        """End all sessions, and what was started for them. Calling it again does nothing."""
        return self._usage.in_colour(self._close())

    def sync(self) -> SyncVectorEnv[A, O, S]:
        """The synchronous vector."""
        from openenv.vector.sync import SyncVectorEnv  # which wraps this class

        return SyncVectorEnv(self)

    def __enter__(self) -> SyncVectorEnv[A, O, S]:
        return self.sync()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.sync().close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def _reset(
        self, seed: Seed, env_ids: Iterable[int] | None, timeout_s: float | None, options: dict[str, Any]
    ) -> BatchResult[O]:
        if env_ids is None:
            self._let_go_if_over()
        episodes = self._living()
        ids = self._ids(env_ids)
        seeds = _seeds(seed, ids, self.num_envs)
        async with self._turn, episodes.call(whole=True):
            if env_ids is None:
                await episodes.give_up()
            await episodes.begin(ids, seeds=seeds, options=options, timeout_s=timeout_s)
            outcomes = await episodes.finish(ids)
        for env_id in ids:
            if env_id in outcomes.errors:
                raise outcomes.errors[env_id]
        return self._batch(outcomes)

    async def _step(self, actions: Sequence[A], timeout_s: float | None) -> BatchResult[O]:
        episodes = self._living()
        ids = range(self.num_envs)
        payloads = self._payloads(actions, ids)
        async with self._turn, episodes.call(whole=True):
            await episodes.go_on(ids, payloads, timeout_s=timeout_s, together=True)
            return self._batch(await episodes.finish(ids))

    async def _send(self, actions: Sequence[A], env_ids: Iterable[int] | None, timeout_s: float | None) -> None:
        episodes = self._living()
        ids = self._ids(env_ids)
        payloads = self._payloads(actions, ids)
        async with self._turn, episodes.call(whole=True):
            await episodes.go_on(ids, payloads, timeout_s=timeout_s, together=False)

    async def _recv(self, timeout_s: float | None) -> BatchResult[O]:
        episodes = self._living()
        if timeout_s is not None:
            check_seconds("timeout_s", timeout_s)
        deadline = float("inf") if timeout_s is None else time.monotonic() + timeout_s
        try:
            async with self._turn, episodes.call(whole=False):
                return self._batch(await episodes.finish_first(self.batch_size, deadline=deadline))
        except TimeoutError as error:
            raise DeadlineExceeded("recv", timeout_s=timeout_s) from error

    async def _close(self) -> None:
        if self._closed or self._usage.is_inherited:
            return
        self._let_go_if_over()
        self._usage.colour()
        async with AsyncExitStack() as ending:  # one that raises keeps no other from it
            for access in self._accesses:
                ending.push_async_callback(self._close_client, access)
            ending.callback(self._usage.unbind)
            async with self._turn:
                self._closed = True
                episodes, self._episodes = self._episodes, None
                if episodes is not None:
                    await episodes.close()

    async def _close_client(self, access: ProtocolAccess[A, O, S]) -> None:
        await access.close(self._usage.colour())  # which is the running call's, now that the vector is not bound

    def _let_go_if_over(self) -> None:
        """Hang up where nobody can say goodbye any more."""
        if self._usage.is_over:
            episodes, self._episodes, self._turn = self._episodes, None, nullcontext()
            self._usage.unbind()
            if episodes is not None:
                episodes.let_go()

    def _living(self) -> Episodes:
        if self._closed:
            raise ClientClosed("this vector is closed; make a new one")
        colour = self._usage.colour()
        if self._episodes is None:
            new_fleet = partial(Fleet, self._accesses, self.num_envs, colour=colour)
            self._episodes = Episodes(new_fleet, self.autoreset_mode)
            self._turn = colour.lock() or nullcontext()
            self._usage.bind(colour)
        return self._episodes

    def _batch(self, outcomes: Outcomes) -> BatchResult[O]:
        return BatchResult(outcomes, self._accesses[0].result)

    def _payloads(self, actions: Sequence[A], ids: Sequence[int]) -> list[dict[str, Any]]:
        if len(actions) != len(ids):
            raise ValueError(f"{len(actions)} actions for {len(ids)} environments")
        return self._accesses[0].payloads(actions)

    def _ids(self, env_ids: Iterable[int] | None) -> Sequence[int]:
        if env_ids is None:
            return range(self.num_envs)
        ids = [index(env_id) for env_id in env_ids]
        if not ids or len(set(ids)) != len(ids) or not all(0 <= env_id < self.num_envs for env_id in ids):
            raise ValueError(f"env_ids are different numbers from 0 to {self.num_envs - 1}, at least one, not {ids}")
        return ids


def _each(clients: Any) -> list[EnvClient[Any, Any, Any]]:
    those: list[Any] = [clients] if not isinstance(clients, Iterable) or isinstance(clients, str) else list(clients)
    for one in those:
        if not isinstance(one, EnvClient):
            raise TypeError(
                f"a vector is made of EnvClients, not of {type(one).__name__}; AutoEnv.from_env(NAME, num_envs=N) "
                "makes one from a name or a URL, and of a synchronous client it is the async_client"
            )
    return those


def _check_sizes(clients: int, num_envs: int, batch_size: int | None) -> None:
    if type(num_envs) is not int or num_envs < 1:
        raise ValueError(f"num_envs is a number of environments, at least 1, not {num_envs!r}")
    if batch_size is not None and (type(batch_size) is not int or not 1 <= batch_size <= num_envs):
        raise ValueError(f"batch_size is from 1 to num_envs ({num_envs}), not {batch_size!r}")
    if not 1 <= clients <= num_envs:
        raise ValueError(f"{num_envs} environments cannot be divided among {clients} clients")


def _seeds(seed: Seed, ids: Sequence[int], num_envs: int) -> list[int | None]:
    if seed is None:
        return [None] * len(ids)
    if isinstance(seed, SupportsIndex) and not hasattr(seed, "__len__"):  # numpy's arrays say that they are an index
        return [index(seed) + env_id for env_id in ids]
    seeds = list(cast("Sequence[int | None]", seed))
    if len(seeds) != len(ids):
        raise ValueError(f"{len(seeds)} seeds for {len(ids)} environments")
    return seeds
