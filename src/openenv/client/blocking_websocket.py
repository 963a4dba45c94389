"""A WebSocket in the blocking colour: the websockets library's protocol, on a socket of the caller's thread."""

from __future__ import annotations

import socket
import ssl
import sys
import threading
import time
from collections import deque
from contextlib import AbstractContextManager, suppress
from typing import Any

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidURI, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI, parse_uri

from openenv.client.addresses import extensions_for, websocket_url
from openenv.client.timed_socket import TimedSocket
from openenv.client.transport import Limits, lost_websocket
from openenv.client.watcher import watch
from openenv.client.whole_messages import WholeMessages, bytes_of, whole_frame
from openenv.errors import ProtocolError, ServerUnreachable, SessionLost
from openenv.runtimes.endpoint import UrlEndpoint
from openenv.wire.exchange import Message, Received

_CLOSE_WAIT_S = 2.0
_END_OF_HEAD = b"\r\n\r\n"


class BlockingWebSocket:
    """One connection. While nobody calls, the watcher answers the server's pings.

    A signal handler that raises (Ctrl-C) does no harm while it waits; one that comes while a message is taken apart
    ends the session. A message that arrives whole is not shown to the library, which keeps the state of all else.
    """

    def __init__(self, sock: socket.socket, protocol: ClientProtocol, *, max_size: int) -> None:
        self._socket = sock
        self._timed = TimedSocket(sock)
        self._protocol = protocol
        self._lock = threading.RLock()  # the caller's thread, or the watcher
        self._chunks: list[bytes] = []
        self._arrived: deque[tuple[Opcode, bytes | memoryview]] = deque()
        self._whole = WholeMessages(max_size)
        self._fragments: list[Frame] = []
        self._unsent: list[memoryview] = []
        self._counts: list[int] = []
        self._parsing = False
        self._head = b""
        self._unparsed = 0
        """How many bytes the library has of a frame that is not whole."""
        self.subprotocol: str | None = None
        self.torn = False

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
        connection = cls(sock, protocol, max_size=limits.max_message_bytes)
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

    def ask(self, message: Message, timeout_s: float) -> Received:
        """Send a message and return the next one."""
        deadline = time.monotonic() + timeout_s
        self._send(message, deadline)
        return self._receive(deadline)

    async def send(self, message: Message, timeout_s: float) -> None:
        """Send a message."""
        self._send(message, time.monotonic() + timeout_s)

    async def receive(self, timeout_s: float) -> Received:
        """The next message; the caller notes that nothing was ``torn`` when it knows what the message is."""
        return self._receive(time.monotonic() + timeout_s)

    def _send(self, message: Message, deadline: float) -> None:
        with self._lock:
            if self._protocol.state is not State.OPEN or self._parsing:
                raise self._lost()
            self._unsent.append(memoryview(whole_frame(message, self._protocol.extensions)))
            self.torn = False
            self._flush(deadline)

    def _receive(self, deadline: float) -> Received:
        with self._lock:
            while not self._arrived:
                if self._protocol.state is State.CLOSED or self._parsing:
                    raise self._lost()
                try:
                    self._read(deadline)
                except SessionLost:
                    if not self._arrived:  # what the server said before it hung up is kept
                        raise
            self.torn = True
            opcode, data = self._arrived.popleft()
        try:
            return str(data, "utf-8") if opcode is Opcode.TEXT else data
        except UnicodeDecodeError as error:
            raise ProtocolError(f"the server sent text that is not UTF-8: {error}") from error

    async def close(self) -> None:
        """Say goodbye, wait a moment for the answer, and hang up."""
        deadline = time.monotonic() + _CLOSE_WAIT_S
        with self._lock:
            try:
                if self._protocol.state is State.OPEN and not self._parsing:
                    self._protocol.send_close(1000)
                    self._collect_writes()
                    self._flush(deadline)
                while self._protocol.state is not State.CLOSED and not self._parsing:
                    self._read(deadline)
                self._socket.shutdown(socket.SHUT_RDWR)  # also where a forked process holds the socket too
            except OSError:  # gone already, or too slow
                pass
            finally:
                self._socket.close()

    def let_go(self) -> None:
        """Hang up."""
        self._socket.close()

    @property
    def has_more(self) -> bool:
        """Something has been read that no call has returned, or the connection has ended."""
        return bool(self._arrived or self._chunks) or self._protocol.state is State.CLOSED or self._parsing

    def fileno(self) -> int:
        """The socket's."""
        return self._socket.fileno()

    def reading(self) -> AbstractContextManager[Any]:
        """Not even the watcher."""
        return self._lock

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
            while self.is_open and not self._parsing:
                self._read(now)
        except OSError:  # nothing more is there; a broken connection shows at the next call
            pass
        finally:
            self._lock.release()

    def _shake_hands(self, headers: dict[str, str], deadline: float) -> None:
        request = self._protocol.connect()
        for name, value in headers.items():
            request.headers[name] = value
        self._protocol.send_request(request)
        self._collect_writes()
        self._flush(deadline)
        while self._protocol.state is State.CONNECTING:
            self._read(deadline)
            if self._protocol.handshake_exc is not None:
                raise self._protocol.handshake_exc
        self.subprotocol = self._protocol.subprotocol
        self._unparsed -= self._head.index(_END_OF_HEAD) + len(_END_OF_HEAD)
        if self._protocol.extensions:  # frames have other sizes then
            self._unparsed = -sys.maxsize

    def _read(self, deadline: float) -> None:
        """Take what is there, or comes in time. Past the deadline what is there is still taken."""
        if not self._chunks:
            try:
                self._timed.read(self._chunks, deadline - time.monotonic(), size=self._whole.at_once)
            except TimeoutError:
                raise
            except OSError as error:
                raise self._broken(error) from error
        self._parsing = True
        self._take(self._chunks.pop())
        self._parsing = False
        if self._unsent:
            self._flush(deadline)

    def _take(self, data: bytes) -> None:
        """What has arrived: a message, some of one, or what the library knows."""
        taken = self._whole.take(data) if self._unparsed == 0 and not self._fragments else data
        if isinstance(taken, tuple):
            self._arrived.append(taken)
        elif taken is not None:
            self._show(taken)
            if taken and not data:  # the end came in the middle of a message
                self._show(data)

    def _show(self, data: bytes) -> None:
        """Let the library take it apart."""
        self._unparsed += len(data)
        if self._protocol.state is State.CONNECTING:
            self._head += data
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._unparsed -= bytes_of(event)
                self._collect(event)
        self._collect_writes()

    def _collect(self, frame: Frame) -> None:
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        self._fragments.append(frame)
        if frame.fin:
            data = b"".join(bytes(part.data) for part in self._fragments)
            self._arrived.append((self._fragments[0].opcode, data))
            self._fragments.clear()

    def _collect_writes(self) -> None:
        self._unsent.extend(map(memoryview, self._protocol.data_to_send()))

    def _flush(self, deadline: float) -> None:
        """Send what there is to send. What a timeout leaves goes first next time, so that no message is cut in two."""
        self._note_sent()
        while self._unsent:
            try:
                if self._unsent[0]:
                    self._timed.write(self._unsent, self._counts, deadline - time.monotonic())
                else:
                    self._timed.end_writing()
                    self._counts.append(0)
            except TimeoutError:
                raise
            except OSError as error:
                self._hear_out()
                raise self._broken(error) from error
            self._note_sent()

    def _note_sent(self) -> None:
        if self._counts:
            rest = self._unsent[0][self._counts[0] :]
            self._unsent, self._counts = [*([rest] if rest else []), *self._unsent[1:]], []

    def _hear_out(self) -> None:
        """Nothing more can be sent: take what the server said before it hung up."""
        with suppress(OSError):
            while self.is_open and self._protocol.close_rcvd is None:
                self._unsent.clear()
                self._read(time.monotonic())

    def _broken(self, error: OSError) -> SessionLost:
        """What the server said when it hung up is the better reason."""
        said = self._protocol.close_rcvd
        return SessionLost(f"the connection to the server broke: {error}") if said is None else self._lost()

    def _lost(self) -> SessionLost:
        if self._parsing:
            return SessionLost("an interrupt came while a message was taken apart")
        if self._protocol.close_rcvd is not None and self._protocol.state is not State.CLOSED:
            self._protocol.receive_eof()  # which is all that can still come
        over = self._protocol.state is State.CLOSED
        return lost_websocket(self._protocol.close_exc if over else "it is being closed")


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
