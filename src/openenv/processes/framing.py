"""Messages over a byte stream: four bytes with the length (big-endian), then the message."""

from __future__ import annotations

import math
import select
import socket
import struct
import time
from contextlib import suppress
from itertools import repeat

from openenv.errors import MessageTooLarge, ProtocolError

LENGTH = struct.Struct(">I")
_HEADER = LENGTH.size
MAX_MESSAGE = 1 << 30
"""Bytes; a longer length is taken for a broken stream before anything is allocated."""

SOME, MUCH = 1 << 16, 120_000
"""Bytes to ask for at a time, and where messages are large. More than 128 KiB the C library would get from the kernel,
and give back, each time."""

_TIMEVAL = struct.Struct("@ll")
_NOTHING_BESIDE: tuple[tuple[()]] = ((),)
_WITHOUT_WAITING = (socket.MSG_DONTWAIT,)


def framed(message: bytes) -> bytes:
    """The message with its length in front. MessageTooLarge over 1 GiB, which no peer would take."""
    return _length(message) + message


def _length(message: bytes) -> bytes:
    if len(message) > MAX_MESSAGE:
        raise MessageTooLarge(len(message), max_size=MAX_MESSAGE)
    return LENGTH.pack(len(message))


def limit_receiving(sock: socket.socket, hundredths: int) -> None:
    """Bound what a blocking socket waits for, in hundredths of a second; 0 waits for ever. The kernel keeps the time:
    a Python socket with a timeout costs one more system call per message."""
    timeval = _TIMEVAL.pack(hundredths // 100, hundredths % 100 * 10_000)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval)


class MessageSocket:
    """Whole messages over a blocking stream socket of this process's own.

    A signal handler that raises (Ctrl-C) may cut a call short anywhere and does no harm: what a system call took or
    gave is unpacked straight into the state. Python looks for signals between calls, and an assignment is none.
    """

    def __init__(self, sock: socket.socket, *, reads_while_it_writes: bool = False) -> None:
        """Who sends several messages before it reads the answers has to read while it writes: the peer may be waiting
        for room too."""
        self._socket = sock
        self._wanted = select.POLLOUT | select.POLLIN if reads_while_it_writes else select.POLLOUT
        self._give, self._give_all, self._take = sock.send, sock.sendmsg, sock.recv
        self._arrivals = map(sock.recv, repeat(SOME))
        """What comes at once. Where messages are large, as many bytes are asked for as the last one had."""
        self._timeout_s = 0.0
        self._hundredths = 0
        self._data = b""
        self._further: list[bytes] = []
        self._unsent: tuple[bytes | memoryview, ...] = ()
        self._sent = 0

    def send(self, message: bytes, timeout_s: float | None = None) -> float:
        """Send one message; for how many seconds the peer was waited for. OSError when the peer is gone.

        TimeoutError when the peer does not take all of it within ``timeout_s`` seconds (None: wait for ever); the rest
        is sent before the next message.
        """
        size = len(message)
        if size >= SOME or self._unsent:
            return self._send_parts((_length(message), message), timeout_s)
        data = LENGTH.pack(size) + message
        self._unsent, self._sent = (data,), 0
        try:
            (self._sent,) = map(self._give, self._unsent, _WITHOUT_WAITING)
        except BlockingIOError:  # a context manager would cost more than all else here
            return self._send_rest(timeout_s)
        if self._sent != len(data):
            return self._send_rest(timeout_s)
        self._unsent = ()
        return 0.0

    def receive(self, timeout_s: float = 0.0) -> bytes | memoryview | None:
        """The next message, a large one uncopied; None at the end of the stream, also where that cuts a message.

        TimeoutError when nothing more of it comes for ``timeout_s`` seconds (0: wait for ever), rounded up to
        hundredths; what has arrived by then is kept. ProtocolError when it announces more than 1 GiB.
        """
        if timeout_s != self._timeout_s:
            self._limit(timeout_s)
        if self._data or self._further:
            return self._cut()
        arrivals = self._arrivals
        try:
            for self._data in arrivals:
                break
        except BlockingIOError as error:
            raise TimeoutError from error
        data = self._data
        size = len(data)
        if int.from_bytes(data[:_HEADER], "big") != size - _HEADER:
            return self._cut()
        self._data = b""
        return data[_HEADER:] if size < SOME else memoryview(data)[_HEADER:]  # mostly that is a message

    @property
    def has_more(self) -> bool:
        """Something has been read that belongs to the next message."""
        return bool(self._data or self._further)

    def close(self) -> None:
        """Hang up, also where a forked process holds the socket too."""
        with suppress(OSError):  # the peer has hung up
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def forget(self) -> None:
        """Close it here only: the process that this one is a copy of goes on with it."""
        self._socket.close()

    def _send_parts(self, parts: tuple[bytes | memoryview, ...], timeout_s: float | None) -> float:
        """A large message uncopied, or one behind the rest of another."""
        self._unsent, self._sent = (self._rest(), *parts) if self._unsent else parts, 0
        with suppress(BlockingIOError):
            (self._sent,) = map(self._give_all, (self._unsent,), _NOTHING_BESIDE, _WITHOUT_WAITING)
        if self._sent != sum(map(len, self._unsent)):
            return self._send_rest(timeout_s)
        self._unsent = ()
        return 0.0

    def _send_rest(self, timeout_s: float | None) -> float:
        """What the peer did not take at once."""
        began = time.monotonic()
        deadline = None if timeout_s is None else began + timeout_s
        while rest := self._rest():
            self._unsent, self._sent = (rest,), 0
            try:
                (self._sent,) = map(self._give, (rest,), _WITHOUT_WAITING)
            except BlockingIOError:
                self._wait_for_room(deadline)
        self._unsent = ()
        return time.monotonic() - began

    def _rest(self) -> memoryview:
        whole = self._unsent[0] if len(self._unsent) == 1 else b"".join(self._unsent)
        return memoryview(whole)[self._sent :]

    def _wait_for_room(self, deadline: float | None) -> None:
        """Until the peer has read some of what was sent, or has sent something that is taken in meanwhile."""
        remaining_s = None if deadline is None else max(0.0, deadline - time.monotonic())
        poll = select.poll()  # select.select is limited to 1024 descriptors
        poll.register(self._socket, self._wanted)
        ready = poll.poll(None if remaining_s is None else math.ceil(remaining_s * 1000))
        if not ready:
            raise TimeoutError("the peer does not read")
        if ready[0][1] & self._wanted & select.POLLIN:
            self._further.extend(map(self._take, (MUCH,), _WITHOUT_WAITING))

    def _limit(self, timeout_s: float) -> None:
        hundredths = math.ceil(timeout_s * 100)
        if hundredths != self._hundredths:
            limit_receiving(self._socket, hundredths)
            self._hundredths = hundredths
        self._timeout_s = timeout_s

    def _cut(self) -> bytes | memoryview | None:
        """The first message, where it came with others or in pieces. Those of a large one are joined once, at its
        end."""
        wanted = _HEADER
        while True:
            if len(self._data) + sum(map(len, self._further)) >= wanted:
                self._data, self._further = b"".join((self._data, *self._further)), []
                wanted = _HEADER + self._announced()
                if len(self._data) >= wanted:
                    self._arrivals = map(self._take, repeat(min(max(wanted, SOME), MUCH)))
                    message, self._data = memoryview(self._data)[_HEADER:wanted], self._data[wanted:]
                    return message if wanted >= SOME else bytes(message)
            try:
                missing = wanted - len(self._data) - sum(map(len, self._further))
                self._further.extend(map(self._take, (min(max(missing, SOME), MUCH),)))
            except BlockingIOError as error:
                raise TimeoutError from error
            if not self._further[-1]:
                return None

    def _announced(self) -> int:
        (length,) = LENGTH.unpack_from(self._data)
        if length > MAX_MESSAGE:
            raise ProtocolError(f"a message of {length:,} bytes is announced; the limit is {MAX_MESSAGE:,}")
        return int(length)
