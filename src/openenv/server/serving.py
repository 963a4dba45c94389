"""Serving: which HTTP and WebSocket implementation runs an application. Nothing else knows the choice."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import cast

import aiofastnet
import uvicorn
from fastapi import FastAPI

from openenv.server.closing import CLOSE_TIMEOUT_S
from openenv.server.env_server import HTTPEnvServer
from openenv.server.picows_protocol import PicowsProtocol

MAX_MESSAGE_BYTES = 100 * 2**20
DRAIN_S = 3.0
"""Seconds that calls in flight have when the server is asked to end, before they are interrupted."""


def serve(
    app: FastAPI,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    fd: int | None = None,
    max_message_bytes: int = MAX_MESSAGE_BYTES,
    close_timeout_s: float = CLOSE_TIMEOUT_S,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Run until SIGTERM or SIGINT; then close the sessions and return.

    ``port=0`` takes a free one. ``fd`` is a listening socket that a parent has opened. ``on_ready`` is called with the
    server's URL once it accepts connections. OSError when the address cannot be had.
    """
    listener = socket.socket(fileno=fd) if fd is not None else _listen(host, port)
    with listener:
        _notice_dead_peers(listener)
        address, bound_port = listener.getsockname()[:2]
        config = uvicorn.Config(
            app,
            ws=cast("type[PicowsProtocol]", partial(PicowsProtocol, close_timeout_s=close_timeout_s)),
            ws_max_size=max_message_bytes,
            log_level="warning",
            timeout_graceful_shutdown=1,
        )
        url = f"http://[{address}]:{bound_port}" if ":" in address else f"http://{address}:{bound_port}"
        server = _Server(config, lambda: on_ready and on_ready(url), getattr(app.state, "openenv", None))
        loop_factory = aiofastnet.loop_factory(config.get_loop_factory())
        with _ended_by_signals(server), asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(server.serve(sockets=[listener]))


class _Server(uvicorn.Server):
    """Says when it accepts connections, and drains before it ends."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], object], drained: HTTPEnvServer | None) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._drained = drained

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does; a start that failed is not announced."""
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the calls in flight end, and then end as uvicorn does."""
        for listening in self.servers:  # nobody connects any more
            listening.close()
        if self._drained is not None:
            await self._drained.drain(DRAIN_S)
        await super().shutdown(sockets)


@contextmanager
def _ended_by_signals(server: uvicorn.Server) -> Iterator[None]:
    """SIGTERM and SIGINT end the server, and not the program: uvicorn handles them while it runs, and raises them again
    for the handlers that it found, which are these."""
    if threading.current_thread() is not threading.main_thread():  # which alone handles signals
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(4096)
    except OSError:
        listener.close()
        raise
    return listener


def _notice_dead_peers(listener: socket.socket) -> None:
    """The kernel tells a peer that is gone from one that thinks, within two minutes; connections inherit this."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4), ("TCP_USER_TIMEOUT", 120_000)):
        if hasattr(socket, name):
            listener.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
