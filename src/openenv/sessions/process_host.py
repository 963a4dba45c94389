"""The process host: a session worker of the session's own. What happens to it happens to no other session."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import Callable
from typing import cast

from msgspec.structs import replace

from openenv.errors import (
    ConnectionFailed,
    EnvironmentFactoryError,
    ExecutionError,
    ServerError,
    SessionCrashed,
    ValidationError,
)
from openenv.processes.child import crash_of
from openenv.processes.forked import Forkable, ForkedProcess
from openenv.processes.framing import LENGTH, framed
from openenv.processes.limits import ProcessLimits
from openenv.processes.shelf import OthersShelf
from openenv.processes.worker import launch_worker
from openenv.sessions.applications import ApplicationFactory
from openenv.sessions.asking import ask
from openenv.sessions.factory import EnvironmentFactory
from openenv.sessions.host import Answered, BranchesMade, nobody_minds
from openenv.wire.exchange import ClientShelved
from openenv.wire.frames import Close, Failure, Fork, Forked, Open, Opened, Reply, Request
from openenv.wire.values import UNENCODABLE

_EXIT_GRACE_S = 5.0
_CHANNEL = 1


class ProcessHost:
    """Speaks protocol v2 with its worker; replies pass through. Arrays from its shelf are ``wire.values.Packed``."""

    def __init__(
        self,
        factory: EnvironmentFactory,
        application: ApplicationFactory | None = None,
        *,
        limits: ProcessLimits | None = None,
        seats: int = 1,
    ) -> None:
        self._factory = factory
        self.seats = seats
        self._application = application
        self._limits = limits
        self._shelf: OthersShelf
        self._exchange: ClientShelved
        self._ids = itertools.count(1)
        self._waiting: dict[int, tuple[Request, Answered]] = {}
        self._process: Forkable | None = None
        self._taking: set[asyncio.Task[None]] = set()
        self._stream: _Stream | None = None
        self._ended: SessionCrashed | None = None
        self.answer: Callable[[Request], Reply] | None = None
        self.lost: Callable[[ServerError], None] = nobody_minds

    async def start(self) -> None:
        """Start the worker and make the environment there."""
        try:
            sock, process = await asyncio.to_thread(self._launch)
        except (OSError, TypeError) as error:
            message = (
                f"{self._factory.name} cannot run in a process of its own: {error}. Define it at the top level of a "
                "module, or serve it with host_sessions='thread'"
            )
            raise EnvironmentFactoryError(self._factory.name, message) from error
        try:
            await self._connect(sock, process)
            reply = await ask(self, Open(_CHANNEL, 0, seats=self.seats))
            if isinstance(reply, Failure):
                self._raise(reply)
            assert isinstance(reply, Opened)
            self.seats = reply.seats
        except BaseException:  # also when nobody waits any more
            self._hang_up()
            raise

    def call(self, request: Request, answered: Answered) -> None:
        """Pass the request on, and its reply back."""
        if self._ended is not None:
            answered(Failure.of(self._ended, channel=request.channel, id=request.id))
            return
        passed = replace(request, channel=_CHANNEL, id=next(self._ids))
        try:
            message = framed(self._exchange.encode(passed))
        except UNENCODABLE as error:  # an action that JSON holds and msgpack does not
            refused = ValidationError(f"the message cannot be passed on: {error}")
            answered(Failure.of(refused, channel=request.channel, id=request.id))
            return
        self._waiting[passed.id] = request, answered
        assert self._stream is not None
        self._stream.write(message)

    def fork(self, request: Fork, forked: BranchesMade) -> None:
        """The worker forks itself, and says by their process ids which branches it has made."""
        taking = asyncio.ensure_future(self._fork(request, forked))
        self._taking.add(taking)
        taking.add_done_callback(self._taking.discard)

    def interrupt(self) -> None:
        """SIGINT, which the worker turns into an exception in the call that runs."""
        if self._process is not None:
            self._process.interrupt()

    def abandon(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()

    async def close(self) -> None:
        """Close the environment, and wait for the process's end."""
        if self._stream is None:
            return
        await ask(self, Close(_CHANNEL, 0))
        self._hang_up()
        await self._stream.closed.wait()

    async def ended(self) -> None:
        """Wait for the process's end; where branches live on in it, they are what holds it."""
        if self._process is None or self._process.is_shared or self._process.wait(0) is not None:
            return
        while await asyncio.to_thread(self._process.wait, _EXIT_GRACE_S) is None:
            self._process.kill()

    def received(self, message: bytes | memoryview) -> None:
        """A reply of the worker's."""
        reply = self._exchange.receive(message)
        request, answered = self._waiting.pop(reply.id, (None, None))
        if request is not None and answered is not None:
            answered(replace(reply, channel=request.channel, id=request.id))

    async def mourn(self) -> None:
        """The worker has hung up: say how it ended to everybody who waits."""
        self._shelf.close()
        assert self._process is not None
        self._ended = await asyncio.to_thread(crash_of, self._process, within_s=_EXIT_GRACE_S)
        waiting, self._waiting = self._waiting, {}
        for request, answered in waiting.values():
            answered(Failure.of(self._ended, channel=request.channel, id=request.id))
        self.lost(self._ended)

    async def _connect(self, sock: socket.socket, process: Forkable) -> None:
        self._process, self._shelf = process, OthersShelf(process)
        self._exchange = ClientShelved(self._shelf, passes_on=True)
        self._stream = _Stream(self)
        await asyncio.get_running_loop().create_unix_connection(lambda: cast("_Stream", self._stream), sock=sock)

    async def _fork(self, request: Fork, forked: BranchesMade) -> None:
        assert self._process is not None
        with self._process.branching():
            reply = await ask(self, request)
            forked(await self._take(reply) if isinstance(reply, Forked) else cast("Failure", reply))

    async def _take(self, reply: Forked) -> Failure | list[ProcessHost]:
        """Hosts of the branches that the worker has made."""
        assert self._process is not None
        branches: list[ProcessHost] = []
        try:
            for pid, _ in reply.sessions:
                branch = ProcessHost(self._factory, self._application, limits=self._limits)
                branches.append(branch)
                await branch._connect(*await asyncio.to_thread(self._process.take_branch, int(pid)))
        except OSError as error:
            for branch in branches:
                branch._hang_up()
            lost = ExecutionError(f"a branch is gone before it was reached: {error}")
            return Failure.of(lost, channel=reply.channel, id=reply.id)
        return branches

    def _raise(self, reply: Failure) -> None:
        failed = reply.error()
        if isinstance(failed, SessionCrashed):
            name = self._factory.name
            raise EnvironmentFactoryError(name, f"{name} could not be created: {failed}") from failed
        raise failed

    def _hang_up(self) -> None:
        """The end of the stream ends the worker."""
        if self._stream is not None:
            self._stream.close()
        if self._process is not None:
            self._process.release()

    def _launch(self) -> tuple[socket.socket, ForkedProcess]:
        """By the factory's own name; else by the application that it was given to."""
        types = self._factory.declared_types
        try:
            return launch_worker(self._factory.make, types=types, limits=self._limits)
        except TypeError:
            if self._application is None:
                raise
            return launch_worker(self._application, types=types, limits=self._limits)


class _Stream(asyncio.Protocol):
    """Framed messages over the socket pair."""

    def __init__(self, host: ProcessHost) -> None:
        self._host = host
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._mourning: asyncio.Task[None] | None = None
        self.closed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one by its methods only

    def data_received(self, data: bytes) -> None:
        if not self._buffer and len(data) == LENGTH.size + int.from_bytes(data[: LENGTH.size], "big"):
            self._received(memoryview(data)[LENGTH.size :])  # mostly what arrives at once is a message
            return
        self._buffer += data
        while len(self._buffer) >= LENGTH.size:
            (length,) = LENGTH.unpack_from(self._buffer)
            end = LENGTH.size + length
            if len(self._buffer) < end:
                return
            message = bytes(memoryview(self._buffer)[LENGTH.size : end])
            del self._buffer[:end]
            if not self._received(message):
                return

    def _received(self, message: bytes | memoryview) -> bool:
        try:
            self._host.received(message)
        except ConnectionFailed:  # it is no worker of ours that says this
            self._host.abandon()
            return False
        return True

    def connection_lost(self, error: Exception | None) -> None:
        self._mourning = asyncio.ensure_future(self._host.mourn())
        self._mourning.add_done_callback(lambda _: self.closed.set())

    def write(self, message: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(message)

    def close(self) -> None:
        if self._transport is None:
            self.closed.set()
        else:
            self._transport.close()
