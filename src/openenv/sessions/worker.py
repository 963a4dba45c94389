"""The session worker: a program that runs environments for its parent. One blocking loop, frames in, frames out."""

from __future__ import annotations

import gc
import logging
import os
import pickle
import signal
import socket
import sys
import traceback
from contextlib import suppress

from openenv.errors import EnvironmentFactoryError, ServerError, SessionError
from openenv.processes.framing import MessageSocket
from openenv.processes.parent_death import end_with_parent
from openenv.processes.worker import WorkerOrder, import_main
from openenv.sessions.dispatch import Dispatch
from openenv.sessions.factory import EnvironmentFactory
from openenv.settings import change_environment
from openenv.wire.exchange import ServerExchangeV2
from openenv.wire.frames import Cancel, Close, Closed, Failure, FrameError, Open, Opened, Reply, Request, Step

_LAST_LINES = 8


class Worker:
    """The sessions of one connection, by channel."""

    def __init__(self, factory: EnvironmentFactory | EnvironmentFactoryError) -> None:
        self._factory = factory
        self._sessions: dict[int, Dispatch] = {}

    def handle(self, request: Request) -> Reply | None:
        """The reply to one request; cancelling what has already been answered needs none."""
        session = self._sessions.get(request.channel)
        if session is not None and isinstance(request, Step):  # what is asked most
            return session.handle(request)
        match request:
            case Cancel():
                return None
            case Open():
                return self._open(request)
        if isinstance(request, Close):
            self._sessions.pop(request.channel, None)
        if session is not None:
            return session.handle(request)
        if isinstance(request, Close):
            return Closed(request.channel, request.id)
        error = SessionError(f"no session is open on channel {request.channel}")
        return Failure.of(error, channel=request.channel, id=request.id)

    def close(self) -> None:
        """Close every environment."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()

    def _open(self, request: Open) -> Reply:
        try:
            if isinstance(self._factory, EnvironmentFactoryError):
                raise self._factory
            if request.channel in self._sessions:
                raise SessionError(f"channel {request.channel} is open already")
            session = Dispatch(self._factory)
            session.create()
        except ServerError as error:
            return Failure.of(error, channel=request.channel, id=request.id)
        self._sessions[request.channel] = session
        return Opened(request.channel, request.id, f"{os.getpid()}-{request.channel}")


class Signals:
    """What the parent says while a call runs: SIGINT interrupts the call, SIGTERM ends the worker. The environment
    sees a KeyboardInterrupt, whichever it is."""

    def __init__(self) -> None:
        self.calling = False
        self.ending = False
        self.closing = False
        signal.signal(signal.SIGINT, self._interrupt)
        signal.signal(signal.SIGTERM, self._end)

    def _interrupt(self, number: int, frame: object) -> None:
        if self.calling:
            raise KeyboardInterrupt

    def _end(self, number: int, frame: object) -> None:
        self.ending = True
        if self.calling:
            raise KeyboardInterrupt
        if not self.closing:
            raise SystemExit(0)


def serve(connection: MessageSocket) -> None:
    """Answer requests until the parent hangs up."""
    order = connection.receive()
    if order is None:
        return
    signals = Signals()
    worker = Worker(_load(pickle.loads(order)))
    gc.freeze()  # what was imported stays; collections need not look at it
    try:
        _answer_all(connection, worker, signals)
    except ConnectionError:  # the parent hung up while it was answered
        pass
    finally:
        signals.closing = True
        worker.close()


def _answer_all(connection: MessageSocket, worker: Worker, signals: Signals) -> None:
    exchange = ServerExchangeV2()
    while not signals.ending and (message := connection.receive()) is not None:
        reply: Reply | None
        try:
            request = exchange.receive(message)
            try:
                signals.calling = True
                reply = worker.handle(request)
            except KeyboardInterrupt:
                reply = Failure.of(SessionError("the call was interrupted"), channel=request.channel, id=request.id)
            finally:
                signals.calling = False
        except FrameError as error:
            reply = error.reply
        if reply is not None:
            connection.send(exchange.send(reply))


def preload(order: WorkerOrder) -> None:
    """Import what makes the environments. Where that fails, each session tells why."""
    with suppress(Exception, SystemExit):
        _import(order)


def _import(order: WorkerOrder) -> EnvironmentFactory:
    sys.path[:] = order.sys_path
    if order.main:
        import_main(order.main)
    make, types = pickle.loads(order.factory)
    return EnvironmentFactory.of(make, types=types)


def _load(order: WorkerOrder) -> EnvironmentFactory | EnvironmentFactoryError:
    """The factory, or why its module cannot be imported: then every request to open a session is told."""
    try:
        change_environment(order.environment)
        order.limits.apply()
        return _import(order)
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        lines = "".join(traceback.format_exception(error)).strip().splitlines()[-_LAST_LINES:]
        return EnvironmentFactoryError(order.name, f"{order.name} cannot be imported:\n" + "\n".join(lines))


def log_to_stderr() -> None:
    """Where the parent forwards it from."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")


def main() -> None:
    """``python -m openenv.sessions.worker FD PARENT``: started by a zygote that cannot fork."""
    end_with_parent(int(sys.argv[2]))
    log_to_stderr()
    with socket.socket(fileno=int(sys.argv[1])) as sock:
        serve(MessageSocket(sock))


if __name__ == "__main__":
    main()
