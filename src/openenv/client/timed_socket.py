"""Timed sockets: reading and writing that end in time, with as few system calls as possible."""

from __future__ import annotations

import math
import select
import socket
import ssl

from openenv.processes.framing import SOME, limit_receiving

_WAITING, _WITHOUT_WAITING = (0,), (socket.MSG_DONTWAIT,)
_NOT_NOW = (TimeoutError, BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class TimedSocket:
    """Puts what a system call took or gave into a list by the same C function, ``list.extend``: a signal handler that
    raises (Ctrl-C) comes before or behind it.

    The kernel keeps the time of a plain socket. A Python socket with a timeout would ask ``poll`` before each call; one
    with TLS has no other way.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._take, self._give = sock.recv, sock.send
        self._is_plain = not isinstance(sock, ssl.SSLSocket)
        self._hundredths = 0
        if self._is_plain:
            sock.settimeout(None)

    def read(self, chunks: list[bytes], timeout_s: float, *, size: int = SOME) -> None:
        """One more chunk, of ``size`` bytes at most; none at a time of 0 where nothing is there. TimeoutError when
        nothing comes in time."""
        try:
            if not self._is_plain:
                self._socket.settimeout(max(0.0, timeout_s))
                chunks.extend(map(self._take, (size,)))
            elif timeout_s <= 0:
                chunks.extend(map(self._take, (size,), _WITHOUT_WAITING))
            else:
                if not self._hundredths - 1 < timeout_s * 100 <= self._hundredths:
                    self._hundredths = math.ceil(timeout_s * 100)
                    limit_receiving(self._socket, self._hundredths)
                chunks.extend(map(self._take, (size,), _WAITING))
        except _NOT_NOW as error:
            raise TimeoutError from error

    def write(self, data: list[memoryview], counts: list[int], timeout_s: float) -> None:
        """Some of the first of ``data``, and how many bytes. TimeoutError when the peer takes nothing in time."""
        try:
            if not self._is_plain:
                self._socket.settimeout(max(0.0, timeout_s))
                counts.extend(map(self._give, data[:1]))
                return
            counts.extend(map(self._give, data[:1], _WITHOUT_WAITING))
        except _NOT_NOW as error:
            if not self._is_plain or not self._has_room(timeout_s):
                raise TimeoutError("the server does not read") from error

    def end_writing(self) -> None:
        """Nothing more will be written."""
        self._socket.shutdown(socket.SHUT_WR)

    def _has_room(self, timeout_s: float) -> bool:
        """Whether the peer has taken something, as soon as it has."""
        poll = select.poll()  # select.select is limited to 1024 descriptors
        poll.register(self._socket, select.POLLOUT)
        return bool(poll.poll(math.ceil(max(0.0, timeout_s) * 1000)))
