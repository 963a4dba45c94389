"""The session worker: a program that runs environments for its parent. One blocking loop, frames in, frames out."""

from __future__ import annotations

import gc
import logging
import os
import pickle
import random
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from openenv.errors import EnvironmentFactoryError, ExecutionError, ServerError, SessionError, UnsupportedOperation
from openenv.processes.branching import Brancher, BranchFailed
from openenv.processes.framing import MessageSocket
from openenv.processes.parent_death import end_with_parent
from openenv.processes.shelf import Shelf
from openenv.processes.worker import WorkerOrder, import_main
from openenv.sessions.dispatch import Dispatch
from openenv.sessions.factory import EnvironmentFactory
from openenv.sessions.host import HostKind
from openenv.sessions.tenants import Tenants
from openenv.sessions.turns import Signals, Turns
from openenv.settings import change_environment
from openenv.wire.batches import together
from openenv.wire.exchange import ServerShelved
from openenv.wire.frames import (
    Batch,
    Cancel,
    Close,
    Closed,
    Failure,
    Fork,
    Forked,
    FrameError,
    Open,
    Opened,
    Reply,
    Request,
    Reset,
    Step,
)

_LAST_LINES = 8
_BRANCH_CHANNEL = 1


class Worker:
    """The sessions of one connection, by channel."""

    def __init__(
        self,
        factory: EnvironmentFactory | EnvironmentFactoryError,
        *,
        brancher: Brancher | None = None,
        tenants: Tenants | None = None,
        branch: Dispatch | None = None,
        is_ending: Callable[[], bool] = lambda: True,
    ) -> None:
        """``branch`` is the session of a connection that was made for one."""
        self._factory = factory
        self._brancher = brancher
        self._tenants = tenants
        self._is_ending = is_ending
        self._dropped: Any = None
        """The last environment that was closed: freeing it may take longer than its client shall wait."""
        self._others: list[Dispatch] = []
        """What this process has only because it is a copy of another one, which goes on with them."""
        self._sessions: dict[int, Dispatch] = {} if branch is None else {_BRANCH_CHANNEL: branch}

    def handle(self, request: Request) -> Reply | MessageSocket | None:
        """The reply to one request; cancelling what has already been answered needs none. A branch, of which this
        process is the original, gets its connection here instead."""
        session = self._sessions.get(request.channel)
        if session is not None and isinstance(request, Step):  # what is asked most
            return session.handle(request)
        match request:
            case Cancel():
                return None
            case Open():
                return self._open(request)
            case Batch(channel=0):
                return together(request, self._replies(request.requests))
        if isinstance(request, Close):
            self._dropped = None if session is None else self._sessions.pop(request.channel).close()
            return Closed(request.channel, request.id)
        if session is not None:
            return self._fork(session, request) if isinstance(request, Fork) else session.handle(request)
        return _not_open(request)

    def _replies(self, requests: Sequence[Reset | Step]) -> list[Reply]:
        """An interrupt is for the one that is carried out; the others go on, unless all shall end."""
        replies: list[Reply] = []
        while len(replies) < len(requests):
            try:
                for request in requests[len(replies) :]:
                    replies.append(self._reply(request))
            except KeyboardInterrupt:
                if self._is_ending():
                    raise
                replies += [_interrupted(request) for request in requests[len(replies) :][:1]]
        return replies

    def _reply(self, request: Reset | Step) -> Reply:
        session = self._sessions.get(request.channel)
        return _not_open(request) if session is None else session.handle(request)

    def _fork(self, session: Dispatch, request: Fork) -> Reply | MessageSocket:
        drawing = random.getstate()

        def prepare() -> None:
            random.setstate(drawing)  # Python gives another one to every process that is forked
            try:
                session.become_branch(reseed=request.reseed)
            except BaseException as error:
                session.failed(request, error)  # logged here, where its traceback is
                raise

        try:
            if session.branches_on_threads:
                return self._fork_on_threads(session, request)
            session.check_process_fork()
            if self._brancher is None:
                raise UnsupportedOperation("a process cannot be forked whose modules start threads when imported")
            made = self._brancher.branch(request.count, prepare=prepare)
        except BranchFailed as error:
            failed = ExecutionError(str(error), error.raised)
            return Failure.of(failed, channel=request.channel, id=request.id)
        except BaseException as error:
            return session.failed(request, error)
        if isinstance(made, list):
            return Forked(request.channel, request.id, [(str(pid), None) for pid in made])
        self._others += [other for other in self._sessions.values() if other is not session]
        self._sessions = {_BRANCH_CHANNEL: session}
        return MessageSocket(made)

    def _fork_on_threads(self, session: Dispatch, request: Fork) -> Reply:
        if self._tenants is None:
            raise UnsupportedOperation("the process was started in a way that leaves no connection for a branch")
        branches = session.fork(request)
        if isinstance(branches, Failure):
            return branches
        numbers = self._tenants.admit(branches)
        return Forked(request.channel, request.id, [(str(-number), None) for number in numbers])

    def close(self) -> None:
        """Close every environment."""
        self._dropped = [session.close() for session in self._sessions.values()]
        self._sessions.clear()

    def _open(self, request: Open) -> Reply:
        try:
            if isinstance(self._factory, EnvironmentFactoryError):
                raise self._factory
            if request.channel in self._sessions:
                raise SessionError(f"channel {request.channel} is open already")
            session = Dispatch(self._factory, seats=request.seats)
            session.create()
        except ServerError as error:
            return Failure.of(error, channel=request.channel, id=request.id)
        self._sessions[request.channel] = session
        shares = HostKind.for_class(self._factory.environment_class) is HostKind.INLINE
        return Opened(request.channel, request.id, f"{os.getpid()}-{request.channel}", None, shares, session.seats)


def _interrupted(request: Request) -> Failure:
    return Failure.of(SessionError("the call was interrupted"), channel=request.channel, id=request.id)


def _not_open(request: Request) -> Failure:
    error = SessionError(f"no session is open on channel {request.channel}")
    return Failure.of(error, channel=request.channel, id=request.id)


def serve(connection: MessageSocket, brancher: Brancher | None = None) -> Worker | None:
    """Answer requests until the parent hangs up. In a branch this goes on with the branch's own connection."""
    order = connection.receive()
    if order is None:
        return None
    signals = Signals()
    factory = _load(pickle.loads(order))
    tenants = None if brancher is None else _tenants(factory, brancher)
    worker = Worker(factory, brancher=brancher, tenants=tenants, is_ending=lambda: signals.ending)
    gc.freeze()  # what was imported stays; collections need not look at it
    try:
        _answer_all(connection, worker, signals)
    except ConnectionError:  # the parent hung up while it was answered
        pass
    finally:
        signals.closing = True
        worker.close()
    if tenants is not None and not signals.ending:
        connection.close()
        signals.closing = False
        tenants.wait()
    return worker


def _tenants(factory: EnvironmentFactory | EnvironmentFactoryError, brancher: Brancher) -> Tenants:
    """Each is served as the session is that it has branched off from, and nothing interrupts it."""

    def serve_branch(sock: socket.socket, branch: Dispatch) -> None:
        connection = MessageSocket(sock)
        worker = Worker(factory, tenants=tenants, branch=branch)
        try:
            _answer_all(connection, worker, Turns())
        except ConnectionError:  # its client has hung up while it was answered
            pass
        finally:
            worker.close()
            connection.close()

    tenants = Tenants(brancher, serve_branch)
    return tenants


def _answer_all(connection: MessageSocket, worker: Worker, signals: Turns) -> None:
    exchange = ServerShelved(Shelf)
    while not signals.ending and (message := connection.receive()) is not None:
        reply: Reply | MessageSocket | None
        try:
            request = exchange.receive(message)
            try:
                signals.calling = True
                reply = worker.handle(request)
            except KeyboardInterrupt:
                signals.calling = False  # first of all: Python looks for further signals when a function is called
                reply = _interrupted(request)
            finally:
                signals.calling = False
        except FrameError as error:
            reply = error.reply
        if isinstance(reply, MessageSocket):
            connection.forget()
            connection, exchange = reply, ServerShelved(Shelf)  # the original goes on with the other shelf
        elif reply is not None:
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
