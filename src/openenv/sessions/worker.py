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

from openenv.errors import EnvironmentFactoryError, ServerError, SessionError
from openenv.processes.framing import MessageSocket
from openenv.processes.parent_death import end_with_parent
from openenv.processes.worker import WorkerOrder, import_main
from openenv.sessions.dispatch import Dispatch
from openenv.sessions.factory import EnvironmentFactory
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


def serve(connection: MessageSocket) -> None:
    """Answer requests until the parent hangs up."""
    exchange = ServerExchangeV2()
    order = connection.receive()
    if order is None:
        return
    worker = Worker(_load(pickle.loads(order)))
    gc.freeze()  # what was imported stays; collections need not look at it
    try:
        while (message := connection.receive()) is not None:
            try:
                reply = worker.handle(exchange.receive(message))
            except FrameError as error:
                reply = error.reply
            if reply is not None:
                connection.send(exchange.send(reply))
    except ConnectionError:  # the parent hung up while it was answered
        pass
    finally:
        worker.close()


def _load(order: WorkerOrder) -> EnvironmentFactory | EnvironmentFactoryError:
    """The factory, or why its module cannot be imported: then every request to open a session is told."""
    sys.path[:] = order.sys_path
    try:
        if order.main:
            import_main(order.main)
        make, types = pickle.loads(order.factory)
        return EnvironmentFactory.of(make, types=types)
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        lines = "".join(traceback.format_exception(error)).strip().splitlines()[-_LAST_LINES:]
        return EnvironmentFactoryError(order.name, f"{order.name} cannot be imported:\n" + "\n".join(lines))


def main() -> None:
    """``python -m openenv.sessions.worker FD PARENT``: started by ``processes.worker``, not by hand."""
    end_with_parent(int(sys.argv[2]))
    signal.signal(signal.SIGINT, lambda number, frame: None)  # not SIG_IGN, which its children would inherit
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    with socket.socket(fileno=int(sys.argv[1])) as sock:
        serve(MessageSocket(sock))


if __name__ == "__main__":
    main()
