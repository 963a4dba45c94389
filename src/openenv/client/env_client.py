"""``EnvClient``: one session of an environment, written once as coroutines for both colours."""

from __future__ import annotations

import functools
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from openenv.client.containers import no_containers
from openenv.client.life import ClientLife
from openenv.client.models import ClientModels
from openenv.client.sessions import ClientSession
from openenv.client.transport import check_seconds
from openenv.contract.adapters import adapter_of, is_model
from openenv.contract.flat import flattened
from openenv.contract.results import StepResult
from openenv.contract.signature import type_arguments
from openenv.contract.transition import put_together
from openenv.wire.frames import GetState, Reset, Restore, Result, Saved, Snapshot, StateReply, Step
from openenv.wire.v1 import result_data
from openenv.wire.values import with_lists

if TYPE_CHECKING:
    from openenv.client.sync import SyncEnvClient

A = TypeVar("A")
O = TypeVar("O")  # noqa: E741
S = TypeVar("S")


class EnvClient(ClientLife, Generic[A, O, S]):
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

    _has_hooks: ClassVar[bool] = False
    """A subclass overrides some of what it may."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._has_hooks = any(
            getattr(cls, name) is not getattr(EnvClient, name) for name in ("_step_payload", "_parse_result")
        )

    # What the user calls.

    def reset(self, *, timeout_s: float | None = None, **options: Any) -> Coroutine[Any, Any, StepResult[O]]:
        """Start an episode. ``options`` go to the environment's ``reset``; those that it does not take are ignored."""
        return self._usage.in_colour(self._reset(options, timeout_s))

    def step(self, action: A, *, timeout_s: float | None = None) -> Coroutine[Any, Any, StepResult[O]]:
        """Take one action. ``timeout_s`` is handed to an environment whose ``step`` takes it, and the reply is waited
        for that long and five seconds more, or eleven where a server interrupts what takes too long and says so; on v1
        it bounds the wait only."""
        return self._usage.in_colour(self._step(action, timeout_s))

    def state(self) -> Coroutine[Any, Any, S]:
        """Where the episode is."""
        return self._usage.in_colour(self._state())

    def snapshot(self) -> Coroutine[Any, Any, bytes]:
        """The environment's state as bytes, for ``restore``. UnsupportedOperation where it has no such thing."""
        return self._usage.in_colour(self._snapshot())

    def restore(self, snapshot: bytes) -> Coroutine[Any, Any, None]:
        """Go on from a snapshot of the same environment and version, of this session or of any other one.

        ValidationError when it is none, UnsupportedOperation where the environment has no such thing.
        """
        return self._usage.in_colour(self._restore(snapshot))

    def sync(self) -> SyncEnvClient[A, O, S]:
        """The synchronous client of this session."""
        from openenv.client.sync import SyncEnvClient  # which wraps this class

        return SyncEnvClient(self)

    def __enter__(self) -> SyncEnvClient[A, O, S]:
        return self.sync().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.sync().close()

    # What a subclass may override, as for the reference: it is given what protocol v1 holds, arrays as lists.

    def _step_payload(self, action: A) -> dict[str, Any]:
        adapter = self._models.action
        if type(action) is adapter.model:
            return adapter.dump(action)
        if isinstance(action, Mapping):
            return dict(action)
        if isinstance(action, adapter.model) or (adapter.model is dict and is_model(action)):
            return adapter_of(type(action)).dump(action)
        raise TypeError(f"step takes {adapter.model.__name__}, not {type(action).__name__}")

    def _step_fields(self, action: A) -> dict[str, Any]:
        """The payload, for who reads it at once, and neither changes nor keeps it."""
        adapter = self._models.action
        own = adapter.own(action) if type(action) is adapter.model else None
        return self._step_payload(action) if own is None else own

    def _step_payloads(self, actions: Iterable[A]) -> list[dict[str, Any]]:
        given, adapter = [*actions], self._models.action
        is_plain = not self._has_hooks and {*map(type, given)} == {adapter.model}
        return [*map(adapter.dump if is_plain else self._step_payload, given)]

    def _parse_result(self, payload: dict[str, Any]) -> StepResult[O]:
        raise NotImplementedError

    def _parse_state(self, payload: dict[str, Any]) -> S:
        return cast("S", self._models.state.validate(payload))

    # The coroutines.

    async def _reset(self, options: dict[str, Any], timeout_s: float | None) -> StepResult[O]:
        self._let_go_if_over()
        if self._lost() is not None:
            await self._connect()
        session = await self._ready()
        within_s = self._granted_s(session, timeout_s)
        return self._result_of(await session.call(Reset, options, timeout_s, within_s=within_s))

    async def _step(self, action: A, timeout_s: float | None) -> StepResult[O]:
        payload = self._step_payload(action)
        self._usage.colour()
        session = self._session
        if session is None or session.ended is not None:
            session = await self._ready()
        within_s = self._limits.message_timeout_s if timeout_s is None else self._granted_s(session, timeout_s)
        return self._result_of(await session.call(Step, payload, timeout_s, within_s=within_s))

    async def _state(self) -> S:
        session = await self._ready()
        reply: StateReply = await session.call(GetState, within_s=self._limits.message_timeout_s)
        if type(self)._parse_state is not EnvClient._parse_state:
            return self._parse_state(with_lists(flattened(reply.state, self._models.state.flat)))
        return self._parse_state(reply.state)

    async def _snapshot(self) -> bytes:
        session = await self._ready()
        reply: Saved = await session.call(Snapshot, within_s=self._limits.message_timeout_s)
        return reply.snapshot

    async def _restore(self, snapshot: bytes) -> None:
        session = await self._ready()
        await session.call(Restore, snapshot, within_s=self._limits.message_timeout_s)

    # What they stand on.

    def _granted_s(self, session: ClientSession, timeout_s: float | None) -> float:
        if timeout_s is None:
            return self._limits.message_timeout_s
        check_seconds("timeout_s", timeout_s)
        return timeout_s + session.patience_s

    def _result_of(self, reply: Result) -> StepResult[O]:
        if self._has_hooks and type(self)._parse_result is not EnvClient._parse_result:
            result = self._parse_result(with_lists(result_data(reply, flat=self._models.observation.flat)))
            truncated = reply.truncated and not result.truncated
            return replace(result, truncated=True) if truncated else result
        adapter = self._models.observation
        return put_together(reply.observation, reply.reward, reply.done, reply.truncated, adapter=adapter)

    @functools.cached_property
    def _models(self) -> ClientModels:
        return ClientModels.of(type_arguments(type(self), EnvClient))
