"""``EnvClient``: one session of an environment, written once as coroutines for both colours."""

from __future__ import annotations

import copy
import functools
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, cast

from openenv.client.containers import no_containers
from openenv.client.models import ClientModels
from openenv.client.session import ClientSession, open_session
from openenv.client.transport import Colour, Limits, check_seconds
from openenv.client.usage import Usage
from openenv.contract.adapters import adapter_of, is_model
from openenv.contract.results import StepResult
from openenv.contract.signature import type_arguments
from openenv.errors import ClientClosed, SessionLost
from openenv.runtimes.endpoint import Runtime, UrlEndpoint
from openenv.wire.frames import GetState, Reset, Result, StateReply, Step
from openenv.wire.v1 import result_data

if TYPE_CHECKING:
    from openenv.client.sync import SyncEnvClient

A = TypeVar("A")
O = TypeVar("O")  # noqa: E741
S = TypeVar("S")


class EnvClient(Generic[A, O, S]):
    """A session of an environment: ``class MyClient(EnvClient[MyAction, MyObservation, MyState])`` and nothing more.

    The methods are awaited; where no event loop runs they answer at once instead. ``sync()`` and ``with`` give the
    synchronous client. The session begins with the first call, or with ``connect``. After ``SessionLost`` only
    ``reset`` or ``connect`` begin a new one: no other call continues on a session that it did not start on.

    A connection that breaks does not end the session: the next call, or the one in flight, comes back to it within
    ``reconnect_timeout_s``, and is carried out once. (On v1 it does end it: SessionLost.)

    ``provider`` is a runtime that brings the environment up (see ``openenv.runtimes``) where there is no ``base_url``.
    ``wire="v1"`` insists on the reference's protocol; ``mode`` is accepted for it and has no meaning here. Times are
    in seconds.
    """

    def __init__(
        self,
        base_url: str | None = None,
        connect_timeout_s: float = 10.0,
        message_timeout_s: float = 60.0,
        max_message_size_mb: float = 100.0,
        websocket_ping_interval_s: float | None = 20.0,
        websocket_ping_timeout_s: float | None = 20.0,
        provider: Runtime | None = None,
        mode: str | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        wire: str = "auto",
        reconnect_timeout_s: float = 30.0,
    ) -> None:
        if (base_url is None) == (provider is None):
            raise TypeError("a client needs either a base_url or a provider")
        if wire not in ("auto", "v1"):
            raise ValueError(f"wire is 'auto' or 'v1', not {wire!r}")
        self._base_url = base_url
        self._runtime = provider
        self._headers = dict(headers or {})
        self._wire = wire
        self._limits = Limits(
            connect_timeout_s=connect_timeout_s,
            message_timeout_s=message_timeout_s,
            max_message_bytes=int(max_message_size_mb * 2**20),
            ping_interval_s=websocket_ping_interval_s,
            ping_timeout_s=websocket_ping_timeout_s,
            reconnect_timeout_s=reconnect_timeout_s,
        )
        self._owns_runtime = True
        self._usage = Usage()
        self._session: ClientSession | None = None
        self._closed = False
        self._disconnected: SessionLost | None = None
        self._children: list[EnvClient[A, O, S]] = []

    @classmethod
    def from_docker_image(cls, image: str, provider: Any = None, **options: Any) -> SyncEnvClient[A, O, S]:
        """A client of a new container of the image. RuntimeUnavailable: this version starts no containers."""
        raise no_containers(f"the image {image!r}")

    @classmethod
    def from_env(
        cls, repo_id: str, *, use_docker: bool = True, provider: Any = None, **options: Any
    ) -> SyncEnvClient[A, O, S]:
        """A client of a hub's environment. RuntimeUnavailable: this version takes none from there."""
        raise no_containers(f"the repository {repo_id!r}")

    @property
    def base_url(self) -> str | None:
        """The server's address; None for an environment of this process's own."""
        return self._base_url

    @property
    def isolation(self) -> str:
        """What holds the environment, in words."""
        return "unknown (a server's)" if self._runtime is None else self._runtime.isolation

    # What the user calls.

    def connect(self) -> Coroutine[Any, Any, Self]:
        """Begin a session, unless one is open; returns the client."""
        return self._usage.in_colour(self._connect())

    def reset(self, *, timeout_s: float | None = None, **options: Any) -> Coroutine[Any, Any, StepResult[O]]:
        """Start an episode. ``options`` go to the environment's ``reset``; those that it does not take are ignored."""
        return self._usage.in_colour(self._reset(options, timeout_s))

    def step(self, action: A, *, timeout_s: float | None = None) -> Coroutine[Any, Any, StepResult[O]]:
        """Take one action. ``timeout_s`` is handed to an environment whose ``step`` takes it, and the reply is waited
        for that long and five seconds more; on v1 it bounds the wait only."""
        return self._usage.in_colour(self._step(action, timeout_s))

    def state(self) -> Coroutine[Any, Any, S]:
        """Where the episode is."""
        return self._usage.in_colour(self._state())

    def new_session(self) -> Coroutine[Any, Any, Self]:
        """Another client of the same environment, connected to a session of its own; closed with this one."""
        return self._usage.in_colour(self._new_session())

    def disconnect(self) -> Coroutine[Any, Any, None]:
        """End the session. ``connect`` or ``reset`` begin a new one."""
        return self._usage.in_colour(self._disconnect())

    def close(self) -> Coroutine[Any, Any, None]:
        """End the session, those of ``new_session``, and what was started for them. Calling it again does nothing."""
        return self._usage.in_colour(self._close())

    def sync(self) -> SyncEnvClient[A, O, S]:
        """The synchronous client of this session."""
        from openenv.client.sync import SyncEnvClient  # which wraps this class

        return SyncEnvClient(self)

    async def __aenter__(self) -> Self:
        return await self._connect()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    def __enter__(self) -> SyncEnvClient[A, O, S]:
        return self.sync().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.sync().close()

    # What a subclass may override, as for the reference.

    def _step_payload(self, action: A) -> dict[str, Any]:
        adapter = self._models().action
        if type(action) is adapter.model:
            return adapter.dump(action)
        if isinstance(action, Mapping):
            return dict(action)
        if isinstance(action, adapter.model) or (adapter.model is dict and is_model(action)):
            return adapter_of(type(action)).dump(action)
        raise TypeError(f"step takes {adapter.model.__name__}, not {type(action).__name__}")

    def _parse_result(self, payload: dict[str, Any]) -> StepResult[O]:
        raise NotImplementedError

    def _parse_state(self, payload: dict[str, Any]) -> S:
        return cast("S", self._models().state.validate(payload))

    # The coroutines.

    async def _connect(self) -> Self:
        colour = self._usage.colour()
        async with self._usage.opening(colour):
            self._refuse_if_closed()
            if self._session is None or self._session.ended is not None:
                await self._end_session()
                self._session = await self._open(colour)
                self._usage.bind(colour)
                self._disconnected = None
        return self

    async def _reset(self, options: dict[str, Any], timeout_s: float | None) -> StepResult[O]:
        if self._lost() is not None:
            await self._connect()
        session = await self._ready()
        within_s = self._granted_s(session, timeout_s)
        return self._result_of(await session.call(Reset, options, timeout_s, within_s=within_s))

    async def _step(self, action: A, timeout_s: float | None) -> StepResult[O]:
        payload = self._step_payload(action)
        session = self._session_in_use() or await self._ready()
        within_s = self._granted_s(session, timeout_s)
        return self._result_of(await session.call(Step, payload, timeout_s, within_s=within_s))

    async def _state(self) -> S:
        session = await self._ready()
        reply: StateReply = await session.call(GetState, within_s=self._limits.message_timeout_s)
        return self._parse_state(reply.state)

    async def _new_session(self) -> Self:
        self._usage.colour()
        self._refuse_if_closed()
        child = copy.copy(self)
        child._usage, child._owns_runtime = self._usage.another(), False
        child._session, child._disconnected, child._children = None, None, []
        await child._connect()
        self._children = [known for known in self._children if not known._closed] + [child]
        return child

    async def _disconnect(self) -> None:
        self._usage.colour()
        if self._session is not None:
            await self._end_session()
            self._disconnected = SessionLost("the session was ended by disconnect; reset begins another")

    async def _close(self) -> None:
        if self._closed or self._usage.is_inherited:  # all of that is the other process's to close
            return
        colour = self._usage.colour()
        async with self._usage.opening(colour):
            self._closed = True
            async with AsyncExitStack() as ending:  # whatever one of them raises, the others end too
                if self._runtime is not None and self._owns_runtime:
                    ending.push_async_callback(colour.run, self._runtime.close)
                ending.push_async_callback(self._end_session)
                for child in self._children:
                    ending.push_async_callback(child._close)

    # What they stand on.

    async def _open(self, colour: Colour) -> ClientSession:
        if self._runtime is None:
            endpoint: Any = UrlEndpoint(self._base_url or "", self._headers)
        else:
            endpoint = await colour.run(self._runtime.open)
            if isinstance(endpoint, UrlEndpoint):
                self._base_url = endpoint.url
        return await open_session(endpoint, colour=colour, limits=self._limits, wire=self._wire)

    async def _end_session(self) -> None:
        session, self._session = self._session, None
        self._usage.unbind()
        if session is not None:
            await session.close()

    def _session_in_use(self) -> ClientSession | None:
        self._usage.colour()
        session = self._session
        return session if session is not None and session.ended is None else None

    async def _ready(self) -> ClientSession:
        self._usage.colour()
        self._refuse_if_closed()
        if (lost := self._lost()) is not None:
            raise lost.with_traceback(None)
        if self._session is None:
            await self._connect()
        assert self._session is not None
        return self._session

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise ClientClosed("this client is closed; make a new one")

    def _lost(self) -> Exception | None:
        """Why only ``reset`` or ``connect`` go on."""
        return self._disconnected if self._session is None else self._session.ended

    def _granted_s(self, session: ClientSession, timeout_s: float | None) -> float:
        if timeout_s is None:
            return self._limits.message_timeout_s
        check_seconds("timeout_s", timeout_s)
        return timeout_s + session.patience_s

    def _result_of(self, reply: Result) -> StepResult[O]:
        if type(self)._parse_result is not EnvClient._parse_result:
            result = self._parse_result(result_data(reply))
            truncated = reply.truncated and not result.truncated
            return replace(result, truncated=True) if truncated else result
        return reply.transition().to_result(self._models().observation)

    @classmethod
    @functools.cache
    def _models(cls) -> ClientModels:
        return ClientModels.of(type_arguments(cls, EnvClient))
