"""The process host: a session worker of the session's own. What happens to it happens to no other session."""

from __future__ import annotations

import asyncio
import itertools
import socket

from msgspec.structs import replace

from openenv.errors import ConnectionFailed, EnvironmentFactoryError, SessionCrashed, ValidationError
from openenv.processes.child import Process, describe_end
from openenv.processes.framing import LENGTH, framed
from openenv.processes.worker import launch_worker
from openenv.sessions.applications import ApplicationFactory
from openenv.sessions.factory import EnvironmentFactory
from openenv.wire.exchange import ClientExchangeV2
from openenv.wire.frames import Close, Failure, Open, Reply, Request

_EXIT_GRACE_S = 5.0
_CHANNEL = 1


class ProcessHost:
    """Speaks protocol v2 with its worker; replies pass through."""

    def __init__(self, factory: EnvironmentFactory, application: ApplicationFactory | None = None) -> None:
        self._factory = factory
        self._application = application
        self._exchange = ClientExchangeV2()
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._child: Process | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._ended: SessionCrashed | None = None

    async def start(self) -> None:
        """Start the worker and make the environment there."""
        try:
            sock, self._child = await asyncio.to_thread(self._launch)
        except (OSError, TypeError) as error:
            message = (
                f"{self._factory.name} cannot run in a process of its own: {error}. Define it at the top level of a "
                "module, or serve it with host_sessions='thread'"
            )
            raise EnvironmentFactoryError(self._factory.name, message) from error
        try:
            await self._begin(sock)
        except BaseException:  # also when nobody waits any more
            await self.close()
            raise

    async def _begin(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        reader, self._writer = await asyncio.open_connection(sock=sock)
        self._reading = asyncio.create_task(self._read(reader))
        reply = await self._ask(Open(_CHANNEL, next(self._ids)))
        if isinstance(reply, Failure):
            failed = reply.error()
            if isinstance(failed, SessionCrashed):
                name = self._factory.name
                raise EnvironmentFactoryError(name, f"{name} could not be created: {failed}") from failed
            raise failed

    def call(self, request: Request) -> asyncio.Future[Reply]:
        """Pass the request on, and its reply back."""
        return asyncio.ensure_future(self._pass_on(request))

    async def _pass_on(self, request: Request) -> Reply:
        reply = await self._ask(replace(request, channel=_CHANNEL, id=next(self._ids)))
        return replace(reply, channel=request.channel, id=request.id)

    async def close(self) -> None:
        """Close the environment; a worker that does not end in time is ended."""
        if self._child is None or self._writer is None:
            return
        try:
            async with asyncio.timeout(_EXIT_GRACE_S):
                await self._ask(Close(_CHANNEL, next(self._ids)))
        except TimeoutError:
            self._child.kill()
        self._writer.close()  # the end of the stream ends the worker, also where it was not asked
        if await asyncio.to_thread(self._child.wait, _EXIT_GRACE_S) is None:
            self._child.kill()
        if self._reading is not None:
            await asyncio.wait([self._reading])

    def _launch(self) -> tuple[socket.socket, Process]:
        """By the factory's own name; else by the application that it was given to."""
        types = self._factory.declared_types
        try:
            return launch_worker(self._factory.make, types=types)
        except TypeError:
            if self._application is None:
                raise
            return launch_worker(self._application, types=types)

    async def _ask(self, request: Request) -> Reply:
        if self._ended is not None:
            return Failure.of(self._ended, channel=request.channel, id=request.id)
        assert self._writer is not None
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[request.id] = future
        try:
            message = self._exchange.encode(request)
            assert isinstance(message, bytes)
            self._writer.write(framed(message))
            await self._writer.drain()
        except ConnectionError:  # the reader tells everybody who waits why
            pass
        except (TypeError, ValueError, OverflowError) as error:  # an action that JSON holds and msgpack does not
            del self._waiting[request.id]
            return Failure.of(
                ValidationError(f"the message cannot be passed on: {error}"), channel=request.channel, id=request.id
            )
        return await future

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
                reply = self._exchange.receive(await reader.readexactly(length))
                waiting = self._waiting.pop(reply.id, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(reply)
        except (asyncio.IncompleteReadError, OSError, ConnectionFailed):
            await self._mourn()
        except asyncio.CancelledError:  # the event loop ends, and with it this session
            self._end(SessionCrashed("the server ends"))
            raise

    async def _mourn(self) -> None:
        """The worker is gone: say how it ended to everybody who waits."""
        assert self._child is not None
        how, signal, status = describe_end(await asyncio.to_thread(self._child.wait, _EXIT_GRACE_S))
        words = f"\n{self._child.last_words}" if self._child.last_words else ""
        self._end(SessionCrashed(f"the process of the session {how}{words}", signal, status))

    def _end(self, error: SessionCrashed) -> None:
        self._ended = error
        for id, waiting in self._waiting.items():
            if not waiting.done():
                waiting.set_result(Failure.of(error, channel=_CHANNEL, id=id))
        self._waiting.clear()
