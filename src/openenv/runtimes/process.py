"""The process runtime: the real server as a process of its own on loopback."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any

from openenv.errors import ServerUnreachable
from openenv.processes.child import Child, describe_end
from openenv.processes.launcher import launcher
from openenv.runtimes.endpoint import UrlEndpoint
from openenv.settings import child_environment

_HOST = "127.0.0.1"
_EXIT_WAIT_S = 2.0
_CLOSE_GRACE_S = 12.0
"""Longer than the server gives its sessions."""


class ProcessRuntime:
    """One server for all sessions, started with the first; it ends with ``close`` and with this process.

    ``target`` is what ``openenv serve`` takes: an environment's name, a folder, or ``module:attribute``. ``options``
    are the environment's constructor arguments, as JSON has them; ``env_vars`` are added to the server's environment.
    """

    isolation = "none (a server on this machine)"

    def __init__(
        self,
        target: str,
        *,
        options: Mapping[str, Any] | None = None,
        env_vars: Mapping[str, str] | None = None,
        start_timeout_s: float = 60.0,
    ) -> None:
        self._target = target
        self._arguments = [word for item in (options or {}).items() for word in ("--option", _option(*item))]
        self._env_vars = dict(env_vars or {})
        self._start_timeout_s = start_timeout_s
        self._lock = threading.Lock()  # protects the two that follow: one server, whoever opens first
        self._server: Child | None = None
        self._port = 0

    def open(self) -> UrlEndpoint:
        """The server, started unless it runs. ServerUnreachable, with its last words, when it does not come up."""
        with self._lock:
            if self._server is None or not self._still_answers(self._server):
                self._end_server(grace_s=0.0)
                self._server, self._port = self._launch()
                self._wait_for(self._server)
            return UrlEndpoint(f"http://{_HOST}:{self._port}")

    def close(self) -> None:
        """Ask the server to end, so that its environments are closed; end it when it stays."""
        with self._lock:
            self._end_server(grace_s=_CLOSE_GRACE_S)

    def _still_answers(self, server: Child) -> bool:
        """Asked, because a process that is dying has not ended yet."""
        try:
            _ask(self._port, timeout_s=self._start_timeout_s)
        except (OSError, HTTPException):
            return False
        return server.wait(0) is None

    def _launch(self) -> tuple[Child, int]:
        """The listening socket is made here and handed down: no port is guessed, and a server that dies while it starts
        shows at once, as a connection that breaks."""
        with socket.create_server((_HOST, 0), backlog=4096) as listener:
            handed_down = ["--fd", str(listener.fileno()), "--parent", str(os.getpid())]
            command = [sys.executable, "-m", "openenv.cli", "serve", *handed_down, *self._arguments, "--", self._target]
            environment = child_environment(self._env_vars)
            server = launcher().launch(command, pass_fds=[listener.fileno()], env=environment)
            server.release = server.terminate
            return server, listener.getsockname()[1]

    def _wait_for(self, server: Child) -> None:
        try:
            _ask(self._port, timeout_s=self._start_timeout_s)
        except (OSError, HTTPException) as error:
            how = f"did not answer within {self._start_timeout_s:g} s"
            if not isinstance(error, TimeoutError):
                how, _, _ = describe_end(server.wait(_EXIT_WAIT_S))
            self._end_server(grace_s=0.0)
            words = f":\n{server.last_words}" if server.last_words else ""
            raise ServerUnreachable(f"the server of {self._target} {how}{words}") from error

    def _end_server(self, *, grace_s: float) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.terminate()
            if server.wait(grace_s) is None:
                server.kill()
                server.wait(_EXIT_WAIT_S)


def _ask(port: int, *, timeout_s: float) -> None:
    """Wait for any answer over HTTP."""
    connection = HTTPConnection(_HOST, port, timeout=timeout_s)
    try:
        connection.request("GET", "/health")
        connection.getresponse().read()
    finally:
        connection.close()


def _option(name: str, value: Any) -> str:
    """``NAME=JSON``, as ``openenv serve --option`` takes it."""
    try:
        return f"{name}={json.dumps(value)}"
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"the option {name}={value!r} cannot be written as JSON, and so not reach another program; "
            'use runtime="embedded"'
        ) from error
