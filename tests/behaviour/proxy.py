"""A TCP proxy between a client and a server, which does to their connections what a test tells it."""

import contextlib
import socket
import threading
from dataclasses import dataclass, field

from tests.behaviour.colours import BOUND_S

CHUNK = 1 << 16


@dataclass
class Orders:
    """``cut_up`` and ``cut_down`` say after how many more bytes, to the server or to the client, the connection is
    broken; ``refusing`` breaks every new one at once, and with ``reset`` a connection is broken by RST, not FIN."""

    cut_up: int | None = None
    cut_down: int | None = None
    refusing: bool = False
    reset: bool = False


class Held:
    """Bytes of one way that are kept back, on the connections that there were when it was ordered."""

    def __init__(self) -> None:
        self._arrived = threading.Event()
        self._released = threading.Event()

    def wait_for_bytes(self) -> None:
        """Until there is something to keep back."""
        assert self._arrived.wait(BOUND_S), "nothing came"

    def release(self) -> None:
        """Pass everything on."""
        self._released.set()

    def keep(self) -> None:
        """Until it is released; called by the connection."""
        self._arrived.set()
        self._released.wait()


class Link:
    """One connection from a client, and the one to the server that belongs to it."""

    def __init__(self, client: socket.socket, server: socket.socket, orders: Orders) -> None:
        self._orders = orders
        self._held: dict[str, Held] = {}
        self._ever_held: list[Held] = []
        self._ends = {"up": (client, server), "down": (server, client)}
        self._lock = threading.Lock()  # protects the count of ways that still pass something on
        self._passing = 2
        self._threads = [threading.Thread(target=self._pass_on, args=(way,), daemon=True) for way in self._ends]

    def start(self) -> None:
        """Pass on what comes."""
        for thread in self._threads:
            thread.start()

    def hold(self, way: str, held: Held) -> None:
        """Keep back what goes this way from now on."""
        self._held[way] = held
        self._ever_held.append(held)

    def half_close(self, way: str) -> None:
        """Nothing more goes this way; the other one stays open."""
        with contextlib.suppress(OSError):
            self._ends[way][1].shutdown(socket.SHUT_WR)

    def leave(self) -> None:
        """Break the client's end. What is kept back still reaches the server when it is released, and then its end."""
        self._break(self._ends["up"][0])

    def cut(self) -> None:
        """Break both ends."""
        for sock in self._ends["up"]:
            self._break(sock)

    def close(self) -> None:
        """Break both ends, keep nothing back, and end the threads."""
        self.cut()
        for held in self._ever_held:
            held.release()
        for thread in self._threads:
            thread.join()

    def _pass_on(self, way: str) -> None:
        source, target = self._ends[way]
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                self._keep(way)
                if not self._passed_on(way, data):
                    self.cut()
        self._keep(way)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)
        with self._lock:
            self._passing -= 1
            if self._passing == 0:
                source.close()
                target.close()

    def _keep(self, way: str) -> None:
        held = self._held.get(way)
        if held is not None:
            held.keep()

    def _passed_on(self, way: str, data: bytes) -> bool:
        """Whether the connection is to go on. What an end does not take any more is dropped."""
        order = f"cut_{way}"
        left: int | None = getattr(self._orders, order)
        with contextlib.suppress(OSError):
            self._ends[way][1].sendall(data[:left])
        if left is not None:
            setattr(self._orders, order, None if len(data) >= left else left - len(data))
        return left is None or len(data) < left

    def _break(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self._orders.reset:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                sock.shutdown(socket.SHUT_RD)  # wakes who reads
                sock.close()
            else:
                sock.shutdown(socket.SHUT_RDWR)


@dataclass
class Proxy:
    """Listens on loopback and passes everything on to ``port``."""

    port: int
    orders: Orders = field(default_factory=Orders)
    connections: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._links: list[Link] = []
        self._refused = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where clients connect to."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def cut(self) -> None:
        """Break every connection now."""
        for link in self._links:
            link.cut()

    def leave(self) -> None:
        """Break the clients' ends alone."""
        for link in self._links:
            link.leave()

    def half_close(self, way: str) -> None:
        """Let nothing more go this way on the connections that there are: their receivers see the end of the stream."""
        for link in self._links:
            link.half_close(way)

    def hold(self, way: str) -> Held:
        """Keep back what goes this way on the connections that there are."""
        held = Held()
        for link in self._links:
            link.hold(way, held)
        return held

    def refuse(self) -> None:
        """Break every connection now, and new ones at once until ``admit``."""
        self._refused.clear()
        self.orders.refusing = True
        self.cut()

    def wait_for_refusal(self) -> None:
        """Until a connection has been refused."""
        assert self._refused.wait(BOUND_S), "nobody came"

    def admit(self) -> None:
        """Refuse no more, after one connection at least has been refused."""
        self.wait_for_refusal()
        self.orders.refusing = False

    def close(self) -> None:
        """Stop listening and break every connection."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for link in self._links:
            link.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.orders.refusing:
                client.close()
                self._refused.set()
                continue
            self.connections += 1
            server = socket.create_connection(("127.0.0.1", self.port))
            self._links.append(Link(client, server, self.orders))
            self._links[-1].start()
