"""``EnvClient``: one session of an environment, written once as coroutines for both colours."""

from __future__ import annotations

import copy
import functools
import os
import sys
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, cast, get_origin

from openenv.client.blocking import BlockingColour
from openenv.client.session import ClientSession, MakeRequest, RemoteSession
from openenv.client.transport import Colour, Limits, drive
from openenv.contract.adapters import ModelAdapter, adapter_of, is_model
from openenv.contract.results import StepResult
from openenv.contract.signature import type_arguments
from openenv.errors import ClientClosed, ConnectionFailed, OpenEnvError, ProtocolError, RuntimeUnavailable, ServerError
from openenv.runtimes.endpoint import Runtime, SocketEndpoint, UrlEndpoint
from openenv.wire.frames import GetState, Reset, Result, StateReply, Step
from openenv.wire.v1 import result_data

if TYPE_CHECKING:
    from openenv.client.sync import SyncEnvClient

A = TypeVar("A")
O = TypeVar("O")  # noqa: E741
S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R", Result, StateReply)

BLOCKING: Colour = BlockingColour()

_NO_CONTAINERS = (
    "needs the container runtime, which this version does not have. AutoEnv.from_env(NAME) runs an installed "
    "environment; a client's base_url reaches a server that runs already, in a container or elsewhere"
)

GRACE_S = 5.0
"""Seconds beyond ``timeout_s`` that an environment has to answer by itself."""


class EnvClient(Generic[A, O, S]):
    """A session of an environment: ``class MyClient(EnvClient[MyAction, MyObservation, MyState])`` and nothing more.

    The methods are awaited; where no event loop runs they answer at once instead. ``sync()`` and ``with`` give the
    synchronous client. The session begins with the first call, or with ``connect``. After ``SessionLost`` only
    ``reset`` or ``connect`` begin a new one: no other call continues on a session that it did not start on.

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
    ) -> None:
        if (base_url is None) == (provider is None):
            raise TypeError("a client needs either a base_url or a provider")
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
        )
        self._session: ClientSession | None = None
        self._colour: Colour | None = None
        self._driven = 0
        self._closed = False
        self._pid = os.getpid()
        self._lost: OpenEnvError | None = None
        self._owns_runtime = True
        self._children: list[EnvClient[A, O, S]] = []

    @classmethod
    def from_docker_image(cls, image: str, provider: Any = None, **options: Any) -> SyncEnvClient[A, O, S]:
        """A client of a new container of the image. RuntimeUnavailable: this version starts no containers."""
        raise RuntimeUnavailable(f"the image {image!r} {_NO_CONTAINERS}")

    @classmethod
    def from_env(
        cls, repo_id: str, *, use_docker: bool = True, provider: Any = None, **options: Any
    ) -> SyncEnvClient[A, O, S]:
        """A client of a hub's environment. RuntimeUnavailable: this version takes none from there."""
        raise RuntimeUnavailable(f"the repository {repo_id!r} {_NO_CONTAINERS}")

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
        return self._in_colour(self._connect())

    def reset(self, *, timeout_s: float | None = None, **options: Any) -> Coroutine[Any, Any, StepResult[O]]:
        """Start an episode. ``options`` go to the environment's ``reset``; those that it does not take are ignored."""
        return self._in_colour(self._reset(options, timeout_s))

    def step(self, action: A, *, timeout_s: float | None = None) -> Coroutine[Any, Any, StepResult[O]]:
        """Take one action. ``timeout_s`` is handed to an environment whose ``step`` takes it, and the reply is waited
        for that long and five seconds more; on v1 it bounds the wait only."""
        return self._in_colour(self._step(action, timeout_s))

    def state(self) -> Coroutine[Any, Any, S]:
        """Where the episode is."""
        return self._in_colour(self._state())

    def new_session(self) -> Coroutine[Any, Any, Self]:
        """Another client of the same environment, connected to a session of its own; closed with this one."""
        return self._in_colour(self._new_session())

    def disconnect(self) -> Coroutine[Any, Any, None]:
        """End the session. ``connect`` or ``reset`` begin a new one."""
        return self._in_colour(self._disconnect())

    def close(self) -> Coroutine[Any, Any, None]:
        """End the session, those of ``new_session``, and what was started for them. Calling it again does nothing."""
        return self._in_colour(self._close())

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
        if isinstance(action, adapter.model):
            return adapter_of(type(action)).dump(action)
        if adapter.model is not dict or not is_model(action):
            raise TypeError(f"step takes {adapter.model.__name__}, not {type(action).__name__}")
        return adapter_of(type(action)).dump(action)

    def _parse_result(self, payload: dict[str, Any]) -> StepResult[O]:
        raise NotImplementedError

    def _parse_state(self, payload: dict[str, Any]) -> S:
        return cast("S", self._models().state.validate(payload))

    # The coroutines.

    async def _connect(self) -> Self:
        if self._closed:
            raise ClientClosed("this client is closed; make a new one")
        colour = self._current_colour()
        if self._session is None:
            self._session = await self._open(colour)
            self._colour, self._pid, self._lost = colour, os.getpid(), None
        self._check_owner(colour)
        return self

    async def _reset(self, options: dict[str, Any], timeout_s: float | None) -> StepResult[O]:
        if self._lost is not None:
            await self._disconnect()
        session = await self._ready()
        reply = await self._call(session, Result, lambda channel, id: Reset(channel, id, options, timeout_s), timeout_s)
        return self._result_of(reply, reset=True)

    async def _step(self, action: A, timeout_s: float | None) -> StepResult[O]:
        payload = self._step_payload(action)
        session = await self._ready()
        reply = await self._call(session, Result, lambda channel, id: Step(channel, id, payload, timeout_s), timeout_s)
        return self._result_of(reply)

    async def _state(self) -> S:
        session = await self._ready()
        reply = await self._call(session, StateReply, GetState, None)
        return self._parse_state(reply.state)

    async def _new_session(self) -> Self:
        child = copy.copy(self)
        child._session, child._children, child._lost, child._owns_runtime = None, [], None, False
        await child._connect()
        self._children.append(child)
        return child

    async def _disconnect(self) -> None:
        session, self._session, self._lost = self._session, None, None
        if session is not None and self._pid == os.getpid():
            await session.close()

    async def _close(self) -> None:
        if self._session is not None:
            self._check_owner(self._current_colour())
        self._closed = True
        for child in self._children:
            await child._close()
        await self._disconnect()
        if self._runtime is not None and self._owns_runtime:
            await self._current_colour().run(self._runtime.close)

    # What they stand on.

    async def _open(self, colour: Colour) -> ClientSession:
        if self._runtime is None:
            endpoint: Any = UrlEndpoint(self._base_url or "", self._headers)
        else:
            endpoint = await colour.run(self._runtime.open)
            if isinstance(endpoint, UrlEndpoint):
                self._base_url = endpoint.url
        if isinstance(endpoint, (UrlEndpoint, SocketEndpoint)):
            return await RemoteSession.open(endpoint, colour=colour, limits=self._limits, wire=self._wire)
        session: ClientSession = await endpoint.open_session(colour)
        return session

    async def _ready(self) -> ClientSession:
        if self._lost is not None:
            raise self._lost
        if self._session is None or self._closed:
            await self._connect()
        self._check_owner(self._current_colour())
        assert self._session is not None
        return self._session

    async def _call(self, session: ClientSession, kind: type[R], make: MakeRequest, timeout_s: float | None) -> R:
        granted = self._limits.message_timeout_s if timeout_s is None else timeout_s + GRACE_S
        try:
            reply = await session.call(make, timeout_s=granted)
        except OpenEnvError as error:
            if isinstance(error, ConnectionFailed) or (isinstance(error, ServerError) and error.fatal):
                self._lost = error
            raise
        if not isinstance(reply, kind):
            raise ProtocolError(f"the server answered with {type(reply).__name__}, not {kind.__name__}")
        return reply

    def _result_of(self, reply: Result, *, reset: bool = False) -> StepResult[O]:
        if type(self)._parse_result is not EnvClient._parse_result:
            result = self._parse_result(result_data(reply))
            truncated = reply.truncated and not result.truncated
            return replace(result, truncated=True) if truncated else result
        return reply.transition().to_result(self._models().observation)

    def _current_colour(self) -> Colour:
        return BLOCKING if self._driven or not _loop_is_running() else _asynchronous()

    def _check_owner(self, colour: Colour) -> None:
        if self._pid != os.getpid():
            raise ClientClosed("this client belongs to the process that made it; after a fork, make another")
        if self._colour is not colour:
            used = "blocking" if self._colour is BLOCKING else "asynchronous"
            raise ClientClosed(f"this client is in {used} use; make another for the other colour")

    def _in_colour(self, coroutine: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
        """The coroutine where it will be awaited; else its result, as the reference's client answers."""
        if self._driven or _loop_is_running():
            return coroutine
        return cast("Coroutine[Any, Any, T]", self._drive(coroutine))

    def _drive(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine of this client in the blocking colour."""
        self._driven += 1
        try:
            return drive(coroutine)
        finally:
            self._driven -= 1

    @classmethod
    @functools.cache
    def _models(cls) -> ClientModels:
        action, observation, state = type_arguments(cls, EnvClient) or (dict, dict, dict)
        return ClientModels(adapter_of(_plain(action)), adapter_of(_plain(observation)), adapter_of(_plain(state)))


@dataclass(frozen=True)
class ClientModels:
    """The adapters of a client class's three types."""

    action: ModelAdapter[Any]
    observation: ModelAdapter[Any]
    state: ModelAdapter[Any]


def _plain(argument: Any) -> Any:
    """``dict[str, Any]`` and Any stand for mappings without a model."""
    return argument if isinstance(argument, type) and get_origin(argument) is None else dict


def _loop_is_running() -> bool:
    """Without asyncio there is no loop, and asking must not import it."""
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None


@functools.cache
def _asynchronous() -> Colour:
    from openenv.client.asynchronous import AsyncColour  # imports asyncio

    return AsyncColour()
