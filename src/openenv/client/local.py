"""The in-process runtime: the environment in the client's own process, without isolation and without a wire."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from openenv.client.sessions import CHANNEL, GRACE_S
from openenv.client.transport import Colour, OneThread
from openenv.contract.transition import Whole
from openenv.errors import DeadlineExceeded, SessionError
from openenv.processes.framing import MessageSocket
from openenv.sessions.dispatch import Dispatch
from openenv.sessions.factory import EnvironmentFactory
from openenv.sessions.worker import Worker
from openenv.wire.exchange import ServerParcels
from openenv.wire.frames import OPERATIONS, SUBPROTOCOL, Failure, Fork, Request, Result, Step


class LocalRuntime:
    """For debugging, and for the fastest single episodes. Timeouts cannot interrupt the environment here."""

    isolation = "none (the client's own process)"

    def __init__(self, factory: Callable[[], Any]) -> None:
        self._factory = factory

    def open(self) -> LocalEndpoint:
        """Import the environment here."""
        return LocalEndpoint(EnvironmentFactory.of(self._factory))

    def close(self) -> None:
        """Nothing was started."""


class LocalEndpoint:
    """An environment factory of this process."""

    def __init__(self, factory: EnvironmentFactory) -> None:
        self._factory = factory

    async def open_session(self, colour: Colour) -> LocalSession:
        """Make the environment."""
        session = LocalSession(Dispatch(self._factory), colour.thread)
        await session.create()
        return session

    def connect(self, colour: Colour) -> LocalTransport:
        """A connection that carries many environments, as one to a session worker does."""
        return LocalTransport(self._factory, colour)


class LocalTransport:
    """A session worker in this process, in one thread, without a limit: on an event loop in one of its own, else in
    that of who waits for the replies. It speaks v2, in parcels: arrays are not made into bytes."""

    subprotocol: str | None = SUBPROTOCOL
    torn = False
    ask = None

    def __init__(self, factory: EnvironmentFactory, colour: Colour) -> None:
        self._worker = Worker(factory, is_ending=lambda: True)  # Ctrl-C is the user's, not the environment's
        self._exchange = ServerParcels()
        self._thread = colour.thread()
        self._waits = not self._thread.is_callers
        self._requests: deque[Request] = deque()
        self._replies: deque[bytes] = deque()
        self._running: set[Any] = set()
        self._listener: Any = None
        self._is_closed = False

    async def send(self, message: Any, timeout_s: float) -> None:
        """It is carried out behind what was sent before."""
        request = self._exchange.receive(message)
        if not self._waits:
            self._requests.append(request)
            return
        import asyncio  # which runs already

        running = asyncio.ensure_future(self._thread.run(self._worker.handle, request))
        self._running.add(running)
        running.add_done_callback(self._ran)

    async def receive(self, timeout_s: float) -> bytes:
        """The next reply."""
        while not self._replies:
            if self._requests:
                self._carry_out(self._requests.popleft())
            elif not self._waits:
                raise TimeoutError
            else:
                import asyncio  # which runs already

                self._listener = asyncio.get_running_loop().create_future()
                await self._listener
        return self._replies.popleft()

    @property
    def has_more(self) -> bool:
        """A reply is there, or can be had."""
        return bool(self._replies or self._requests)

    def fileno(self) -> int:
        """None."""
        return -1

    def reading(self) -> None:
        """Nobody else does."""

    async def close(self) -> None:
        """Close the environments."""
        if not self._is_closed:
            self._is_closed = True
            try:
                await self._thread.run(self._worker.close)
            finally:
                self._thread.close()

    def let_go(self) -> None:
        """Close the environments, in their thread."""
        if not self._is_closed:
            self._is_closed = True
            self._thread.close(last=self._worker.close)

    def _carry_out(self, request: Request) -> None:
        try:
            reply = self._worker.handle(request)
        except BaseException:  # Ctrl-C: who asked is answered all the same
            interrupted = DeadlineExceeded(OPERATIONS[type(request)], message="the call was interrupted")
            self._answer(Failure.of(interrupted, channel=request.channel, id=request.id))
            raise
        self._answer(reply)

    def _ran(self, running: Any) -> None:
        self._running.discard(running)
        if not running.cancelled():
            self._answer(running.result())
        if self._listener is not None and not self._listener.done():
            self._listener.set_result(None)

    def _answer(self, reply: Any) -> None:
        assert not isinstance(reply, MessageSocket)  # which is for processes that are forked
        if reply is not None:
            self._replies.append(self._exchange.send(reply))


class LocalSession:
    """A session that is called, not written to. Without an event loop the environment is called in the thread of who
    calls the client; on a loop, in one thread that only this session uses."""

    def __init__(self, dispatch: Dispatch, new_thread: Callable[[], OneThread]) -> None:
        self._dispatch = dispatch
        self._new_thread = new_thread
        self._thread = new_thread()
        self._ids = itertools.count(1)
        self.ended: Exception | None = None

    @property
    def patience_s(self) -> float:
        """The time is not enforced."""
        return GRACE_S

    async def create(self) -> None:
        """Make the environment."""
        try:
            await self._thread.run(self._dispatch.create)
        except BaseException:
            self._thread.close()
            raise

    async def call(self, kind: type[Request], *fields: Any, within_s: float) -> Any:
        """Call the environment; the time is not enforced."""
        if self.ended is not None:
            raise self.ended.with_traceback(None)
        reply = await self._thread.run(self._dispatch.handle, kind(CHANNEL, next(self._ids), *fields))
        if isinstance(reply, Failure):
            raise reply.error()
        return reply

    def step(self, action: dict[str, Any], *, within_s: float) -> Whole | Result | Coroutine[Any, Any, Any]:
        """Call the environment, at once in the thread of who calls the client."""
        if self.ended is not None or not self._thread.is_callers:
            return self.call(Step, action, None, within_s=within_s)
        reply = self._dispatch.step_here(action)
        if isinstance(reply, (Whole, Result)):
            return reply
        assert isinstance(reply, Failure)
        raise reply.error()

    async def fork(self, count: int, *, reseed: bool, within_s: float) -> list[LocalSession]:
        """By the environment itself; the time is not enforced."""
        if self.ended is not None:
            raise self.ended.with_traceback(None)
        outcome = await self._thread.run(self._dispatch.fork, Fork(CHANNEL, next(self._ids), count, reseed))
        if isinstance(outcome, Failure):
            raise outcome.error()
        return [LocalSession(branch, self._new_thread) for branch in outcome]

    def let_go(self) -> None:
        """Close the environment, in its thread."""
        if self.ended is None:
            self.ended = SessionError("the session is closed")
            self._thread.close(last=self._dispatch.close)

    async def close(self) -> None:
        """Close the environment."""
        if self.ended is None:
            self.ended = SessionError("the session is closed")
            try:
                await self._thread.run(self._dispatch.close)
            finally:
                self._thread.close()
