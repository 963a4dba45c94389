"""A WebSocket in the blocking colour: the websockets library's protocol, on a socket of the caller's thread."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections import deque
from types import TracebackType

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidURI, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI, parse_uri

from openenv.client.addresses import extensions_for, websocket_url
from openenv.client.transport import Limits
from openenv.client.watcher import watch
from openenv.errors import ProtocolError, ServerUnreachable, SessionLost
from openenv.runtimes.endpoint import UrlEndpoint
from openenv.wire.exchange import Message

_CHUNK = 1 << 16
_CLOSE_WAIT_S = 2.0


class BlockingWebSocket:
    """One connection. While nobody calls, the watcher answers the server's pings."""

    def __init__(self, sock: socket.socket, protocol: ClientProtocol) -> None:
        self._socket = sock
        self._protocol = protocol
        self._lock = threading.Lock()  # one call at a time, or the watcher
        self._unsent: deque[memoryview] = deque()
        self._arrived: deque[tuple[Opcode, bytes]] = deque()
        self._fragments: list[Frame] = []
        self.subprotocol: str | None = None

    @classmethod
    def connect(cls, endpoint: UrlEndpoint, limits: Limits, subprotocols: list[str]) -> BlockingWebSocket:
        """Connect and shake hands."""
        url = websocket_url(endpoint.url)
        deadline = time.monotonic() + limits.connect_timeout_s
        try:
            uri = parse_uri(url)
            sock = _open_socket(uri, limits.connect_timeout_s)
        except (OSError, InvalidURI) as error:
            raise ServerUnreachable(f"no server answers at {url}: {error}") from error
        protocol = ClientProtocol(
            uri,
            subprotocols=[Subprotocol(name) for name in subprotocols] or None,
            extensions=extensions_for(url),
            max_size=limits.max_message_bytes,
        )
        connection = cls(sock, protocol)
        try:
            connection._shake_hands(endpoint.headers, deadline)
        except (OSError, WebSocketException) as error:
            sock.close()
            raise ServerUnreachable(f"{url} does not accept a WebSocket: {error}") from error
        except BaseException:
            sock.close()
            raise
        watch(connection)
        return connection

    async def send(self, message: Message, timeout_s: float) -> None:
        """Send a message."""
        if self._protocol.state is not State.OPEN:
            raise self._lost()
        if isinstance(message, str):
            self._protocol.send_text(message.encode())
        else:
            self._protocol.send_binary(message)
        self._flush(time.monotonic() + timeout_s)

    async def receive(self, timeout_s: float) -> Message:
        """The next message."""
        deadline = time.monotonic() + timeout_s
        while not self._arrived:
            if self._protocol.state is State.CLOSED:
                raise self._lost()
            self._read(deadline)
        opcode, data = self._arrived.popleft()
        try:
            return data.decode() if opcode is Opcode.TEXT else data
        except UnicodeDecodeError as error:
            raise ProtocolError(f"the server sent text that is not UTF-8: {error}") from error

    async def close(self) -> None:
        """Say goodbye, wait a moment for the answer, and hang up."""
        deadline = time.monotonic() + _CLOSE_WAIT_S
        with self._lock:
            try:
                if self._protocol.state is State.OPEN:
                    self._protocol.send_close(1000)
                    self._flush(deadline)
                while self._protocol.state is not State.CLOSED:
                    self._read(deadline)
                self._socket.shutdown(socket.SHUT_RDWR)  # also where a forked process holds the socket too
            except OSError:  # gone already, or too slow
                pass
            finally:
                self._socket.close()

    @property
    def is_open(self) -> bool:
        """The server may still send something: a ping, a reply, the end."""
        return self._protocol.state is not State.CLOSED

    def answer_pings(self) -> None:
        """Read what came while nobody called; replies are kept for the call that wants them."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            now = time.monotonic()
            while self.is_open:
                self._read(now)
        except OSError:  # nothing more is there; a broken connection shows at the next call
            pass
        finally:
            self._lock.release()

    async def __aenter__(self) -> BlockingWebSocket:
        self._lock.acquire()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()

    def _shake_hands(self, headers: dict[str, str], deadline: float) -> None:
        request = self._protocol.connect()
        for name, value in headers.items():
            request.headers[name] = value
        self._protocol.send_request(request)
        self._flush(deadline)
        while self._protocol.state is State.CONNECTING:
            self._read(deadline)
            if self._protocol.handshake_exc is not None:
                raise self._protocol.handshake_exc
        self.subprotocol = self._protocol.subprotocol

    def _read(self, deadline: float) -> None:
        """Take what is there, or comes in time. Past the deadline what is there is still taken."""
        self._socket.settimeout(max(0.0, deadline - time.monotonic()))
        try:
            data = self._socket.recv(_CHUNK)
        except (TimeoutError, BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError) as error:
            raise TimeoutError from error
        except OSError as error:
            raise SessionLost(f"the connection to the server broke: {error}") from error
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._collect(event)
        self._flush(deadline)

    def _collect(self, frame: Frame) -> None:
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        self._fragments.append(frame)
        if frame.fin:
            data = b"".join(bytes(part.data) for part in self._fragments)
            self._arrived.append((self._fragments[0].opcode, data))
            self._fragments.clear()

    def _flush(self, deadline: float) -> None:
        """Send what there is to send. What a timeout leaves goes first next time, so that no message is cut in two."""
        self._unsent.extend(map(memoryview, self._protocol.data_to_send()))
        while self._unsent:
            data = self._unsent[0]
            self._socket.settimeout(max(0.0, deadline - time.monotonic()))
            try:
                if data:
                    self._unsent[0] = data[self._socket.send(data) :]
                else:
                    self._socket.shutdown(socket.SHUT_WR)
            except (TimeoutError, BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError) as error:
                raise TimeoutError("the server does not read") from error
            except OSError as error:
                raise SessionLost(f"the connection to the server broke: {error}") from error
            if not self._unsent[0]:
                self._unsent.popleft()

    def _lost(self) -> SessionLost:
        reason = self._protocol.close_exc if self._protocol.state is State.CLOSED else "it is being closed"
        return SessionLost(f"the connection to the server ended: {reason}")


def _open_socket(uri: WebSocketURI, timeout_s: float) -> socket.socket:
    sock = socket.create_connection((uri.host, uri.port), timeout_s)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if not uri.secure:
        return sock
    try:
        return ssl.create_default_context().wrap_socket(sock, server_hostname=uri.host)
    except OSError:
        sock.close()
        raise
