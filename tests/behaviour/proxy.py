"""A TCP proxy between a client and a server, which does to their connections what a test tells it."""

import contextlib
import socket
import threading
from dataclasses import dataclass, field

CHUNK = 1 << 16


@dataclass
class Orders:
    """``cut_up`` and ``cut_down`` say after how many more bytes, to the server or to the client, the connection is
    broken; ``refusing`` breaks every new one at once."""

    cut_up: int | None = None
    cut_down: int | None = None
    refusing: bool = False
    reset: bool = False


@dataclass
class Proxy:
    """Listens on loopback and passes everything on to ``port``."""

    port: int
    orders: Orders = field(default_factory=Orders)
    connections: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        """Where clients connect to."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def cut(self) -> None:
        """Break every connection now."""
        sockets, self._open = self._open, []
        for sock in sockets:
            self._break(sock)

    def close(self) -> None:
        """Stop listening and break every connection."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.orders.refusing:
                client.close()
                continue
            self.connections += 1
            server = socket.create_connection(("127.0.0.1", self.port))
            self._open += [client, server]
            for source, target, name in ((client, server, "cut_up"), (server, client, "cut_down")):
                thread = threading.Thread(target=self._pass_on, args=(source, target, name), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _pass_on(self, source: socket.socket, target: socket.socket, name: str) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                left = getattr(self.orders, name)
                if left is None:
                    target.sendall(data)
                    continue
                target.sendall(data[:left])
                if len(data) >= left:
                    setattr(self.orders, name, None)
                    break
                setattr(self.orders, name, left - len(data))
        for sock in (source, target):
            self._break(sock)

    def _break(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self.orders.reset:  # RST instead of FIN
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                sock.shutdown(socket.SHUT_RD)  # wakes who reads
            else:
                sock.shutdown(socket.SHUT_RDWR)
        sock.close()
