"""The least of a WebSocket client: whole frames on a blocking socket, masked with zeros, and no more of RFC 6455."""

import socket
from urllib.parse import urlsplit

_BINARY = 0x82


class PlainWebSocket:
    """One connection. It takes a server at its word: unmasked, unfragmented frames."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._socket = socket.create_connection((address.hostname, address.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._arrived = bytearray(1 << 20)
        self._view = memoryview(self._arrived)
        self._shake_hands(address.netloc)

    def ask(self, message: bytes) -> memoryview:
        """Send a message of less than 126 bytes; what comes back is good until the next one."""
        self._socket.sendall(bytes((_BINARY, 0x80 | len(message), 0, 0, 0, 0)) + message)
        count = self._receive(0)
        head, size = self._head()
        while count < head + size:
            count += self._receive(count)
        return self._view[head : head + size]

    def _receive(self, count: int) -> int:
        """How many bytes come behind so many others."""
        if (more := self._socket.recv_into(self._view[count:])) == 0:
            raise ConnectionError("the server has hung up")
        return more

    def _head(self) -> tuple[int, int]:
        """The sizes of the frame's head and of its payload. Servers send them in one piece."""
        length = self._arrived[1]
        if length < 126:
            return 2, length
        head = 4 if length == 126 else 10
        return head, int.from_bytes(self._view[2:head], "big")

    def _shake_hands(self, host: str) -> None:
        self._socket.sendall(
            f"GET /ws HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += self._socket.recv(1)
        assert b" 101 " in answer.split(b"\r\n", 1)[0], answer
