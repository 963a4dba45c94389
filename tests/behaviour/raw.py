"""A peer that speaks v2 by hand."""

import contextlib
import socket

from websockets.sync.client import connect

from openenv.wire import v2
from openenv.wire.frames import SUBPROTOCOL, Cancel, Opened, Reply, Request
from tests.behaviour.colours import BOUND_S


class Peer:
    """One connection. Replies come in the order of the requests on each channel."""

    def __init__(self, url: str) -> None:
        address = url.replace("http", "ws") + "/ws"
        connecting = connect(address, subprotocols=[SUBPROTOCOL], compression=None)  # type: ignore[list-item]
        self._open = contextlib.ExitStack()
        self._connection = self._open.enter_context(connecting)

    def send(self, request: Request) -> None:
        self._connection.send(v2.encode(request))

    def receive(self) -> Reply:
        return v2.decode_reply(self._connection.recv(BOUND_S))

    def ask(self, request: Request) -> Reply:
        assert not isinstance(request, Cancel), "which is not answered"
        self.send(request)
        return self.receive()

    def open(self, request: Request) -> Opened:
        opened = self.ask(request)
        assert isinstance(opened, Opened), opened
        return opened

    def break_off(self) -> None:
        """Without a word."""
        self._connection.socket.shutdown(socket.SHUT_RDWR)
        self.close()

    def close(self) -> None:
        """Say goodbye; harmless when it is gone."""
        self._open.close()
