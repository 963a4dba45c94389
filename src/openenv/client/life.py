"""The life of a client: how its session begins and ends, and those of the clients that it makes."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from openenv.client.session import open_session
from openenv.client.sessions import ClientSession
from openenv.client.transport import Colour, Limits, check_branches
from openenv.client.usage import OneOfAKind, Usage
from openenv.errors import ClientClosed, SessionLost
from openenv.runtimes.endpoint import Runtime, UrlEndpoint


class ClientLife(OneOfAKind):
    """What ``EnvClient`` is apart from the environment's operations and models."""

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
        self._disconnected: Exception | None = None
        self._children: list[Self] = []

    @property
    def base_url(self) -> str | None:
        """The server's address; None for an environment of this process's own."""
        return self._base_url

    @property
    def isolation(self) -> str:
        """What holds the environment, in words."""
        return "unknown (a server's)" if self._runtime is None else self._runtime.isolation

    def connect(self) -> Coroutine[Any, Any, Self]:
        """Begin a session, unless one is open; returns the client."""
        return self._usage.in_colour(self._connect())

    def new_session(self) -> Coroutine[Any, Any, Self]:
        """Another client of the same environment, connected to a session of its own; closed with this one."""
        return self._usage.in_colour(self._new_session())

    def fork(self, count: int, *, reseed: bool = False) -> Coroutine[Any, Any, list[Self]]:
        """``count`` clients of this one's kind, connected to sessions that go on from the state of this one's, which
        stays as it is. They are closed with this client unless they are closed before.

        What is random goes on in all of them as it would have here, unless ``reseed``. UnsupportedOperation says why
        the environment, or the server, cannot do this.
        """
        return self._usage.in_colour(self._fork(count, reseed))

    def disconnect(self) -> Coroutine[Any, Any, None]:
        """End the session. ``connect`` or ``reset`` begin a new one."""
        return self._usage.in_colour(self._disconnect())

    def close(self) -> Coroutine[Any, Any, None]:
        """End the session, those of ``new_session`` and ``fork``, and what was started for them. Calling it again does
        nothing."""
        return self._usage.in_colour(self._close())

    async def __aenter__(self) -> Self:
        return await self._connect()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def _connect(self) -> Self:
        self._let_go_if_over()
        colour = self._usage.colour()
        async with self._usage.opening(colour):
            self._refuse_if_closed()
            if self._session is None or self._session.ended is not None:
                self._disconnected = self._lost()  # which is so until there is another one
                await self._end_session()
                self._session = await self._open(colour)
                self._usage.bind(colour)
                self._disconnected = None
        return self

    async def _new_session(self) -> Self:
        self._usage.colour()
        self._refuse_if_closed()
        child = self._another()
        await child._connect()
        self._adopt([child])
        return child

    async def _fork(self, count: int, reseed: bool) -> list[Self]:
        session, colour = await self._ready(), self._usage.colour()
        check_branches(count)
        branches = []
        for forked in await session.fork(count, reseed=reseed, within_s=self._limits.message_timeout_s):
            branches.append(self._another())
            branches[-1]._session = forked
            branches[-1]._usage.bind(colour)
        self._adopt(branches)
        return branches

    def _another(self) -> Self:
        """A client like this one, without a session."""
        other = object.__new__(type(self))
        vars(other).update(vars(self))
        other._usage, other._owns_runtime = self._usage.another(), False
        other._session, other._disconnected, other._children = None, None, []
        return other

    def _adopt(self, children: Iterable[Self]) -> None:
        self._children = [known for known in self._children if not known._closed] + list(children)

    async def _disconnect(self) -> None:
        self._let_go_if_over()
        self._usage.colour()
        if self._session is not None:
            await self._end_session()
            self._disconnected = SessionLost("the session was ended by disconnect; reset begins another")

    async def _close(self) -> None:
        if self._closed or self._usage.is_inherited:  # all of that is the other process's to close
            return
        self._let_go_if_over()
        colour = self._usage.colour()
        async with self._usage.opening(colour), AsyncExitStack() as ending:  # one that raises keeps no other from it
            if self._runtime is not None and self._owns_runtime:
                ending.push_async_callback(colour.run, self._runtime.close)
            for client in self._family():
                client._closed = True
                ending.push_async_callback(client._leave)

    def _family(self) -> list[Self]:
        """This client, and behind it those that it has made, and that these have made, except for what is closed."""
        family = [self]
        for client in family:  # which grows meanwhile
            family.extend(child for child in client._children if not child._closed)
        return family

    async def _open(self, colour: Colour) -> ClientSession:
        endpoint = await self._endpoint(colour)
        return await open_session(endpoint, colour=colour, limits=self._limits, wire=self._wire)

    async def _endpoint(self, colour: Colour) -> Any:
        if self._runtime is None:
            return UrlEndpoint(self._base_url or "", self._headers)
        endpoint = await colour.run(self._runtime.open)
        if isinstance(endpoint, UrlEndpoint):
            self._base_url = endpoint.url
        return endpoint

    async def _end_session(self) -> None:
        session, self._session = self._session, None
        self._usage.unbind()
        if session is not None:
            await session.close()

    def _let_go_if_over(self) -> None:
        """Hang up where nobody can say goodbye any more."""
        if self._usage.is_over:
            session, self._session = self._session, None
            self._usage.unbind()
            self._disconnected = SessionLost(
                "the session ended with the event loop of its client; reset begins another"
            )
            if session is not None:
                session.let_go()

    async def _leave(self) -> None:
        if not self._usage.is_inherited:
            self._let_go_if_over()
            self._usage.colour()
            await self._end_session()

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
