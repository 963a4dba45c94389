"""The interpreter as the supervisor sees it: what its channels bring, none of which is believed further than it is
checked.

The keeper's reports are believed: it runs nobody's code. What comes on the channel of requests can be forged by the
code, and decides nothing but that a request has been answered.
"""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Callable
from contextlib import suppress

from openenv.sandbox.captured_output import CapturedOutput
from openenv.sandbox.endpoints import Endpoints
from openenv.sandbox.inside import messages
from openenv.sandbox.inside.messages import ANSWER, COMMAND, READY, REPORT, Outcome
from openenv.sandbox.waiting import Wait

_CHUNK = 1 << 16
_MAX_READS = 16
"""How often each pipe is read at the end: it holds at most 1 MiB, and what was printed before the answer is in it."""

_FOREVER = 3600.0
_OUTCOMES = frozenset(Outcome)


class Interpreter:
    """Knows what has come so far. ``workspace`` is the directory that it works in, as a file descriptor, and ``base``
    the path, on the inside, of what holds it."""

    def __init__(self, ends: Endpoints, *, output_bytes: int) -> None:
        self._ends = ends
        self._output_bytes = output_bytes
        self._answer = b""
        self._unsent: memoryview = memoryview(b"")
        self.workspace = -1
        self.keeper = -1
        self.base = ""
        self.ready_pid: int | None = None
        self.adopted: int | None = None
        self.returncode: int | None = None
        self.is_lost = False
        """Its keeper is gone, or tells nothing any more."""
        self.failure: tuple[int, str] | None = None
        self.tampered = False
        self.renew_output()
        try:
            self._poller = select.epoll()
        except OSError:  # this process has too many files open
            ends.close()
            raise
        self._react: dict[int, Callable[[], None]] = {
            ends.control.fileno(): self._hear,
            ends.channel.fileno(): self._receive,
            ends.output: lambda: self._collect(ends.output, self.stdout),
            ends.errors: lambda: self._collect(ends.errors, self.stderr),
        }
        for fd in self._react:
            self._poller.register(fd, select.EPOLLIN)

    def renew_output(self) -> None:
        """Collect from here on; what was printed in between belongs to what comes next."""
        self.stdout = CapturedOutput(self._output_bytes)
        self.stderr = CapturedOutput(self._output_bytes)

    @property
    def printed(self) -> int:
        """Bytes since ``renew_output``."""
        return self.stdout.size + self.stderr.size

    @property
    def is_over(self) -> bool:
        """No answer can come."""
        return self.returncode is not None or self.is_lost or self.tampered

    @property
    def has_hung_up(self) -> bool:
        """Nobody holds the other end of its channel."""
        return self._ends.channel.fileno() not in self._react

    async def until(self, wait: Wait, condition: Callable[[], bool], *, within_s: float) -> bool:
        """React to what comes until the condition holds; False when the time is over."""
        deadline = time.monotonic() + within_s
        while not condition():
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return False
            for fd, _ in await wait(self._poller, min(remaining, _FOREVER)):
                if fd == self._ends.channel.fileno() and self._unsent:
                    self._send_rest()
                    if not self._unsent:
                        self._watch_channel(select.EPOLLIN)
                react = self._react.get(fd)
                if react is not None:
                    react()
        return True

    def request(self, head: bytes, body: bytes, *, fds: list[int] | None = None) -> None:
        """Send one, and go on sending while it is waited for. What comes before it can be no answer."""
        self._receive()
        if self._answer:
            self.tampered = True
            return
        if fds:
            with suppress(OSError):  # it has ended, or does not read
                self._ends.channel.sendall(head)
                socket.send_fds(self._ends.channel, [body], fds)
            return
        self._unsent = memoryview(head + body)
        self._send_rest()
        if self._unsent:
            self._watch_channel(select.EPOLLIN | select.EPOLLOUT)

    def take_answer(self, token: bytes) -> tuple[int, int] | None:
        """How the request of this token ended, and its number, if it has; everything else that came is tampering."""
        if len(self._answer) < ANSWER.size:
            return None
        data, self._answer = self._answer, b""
        answered, outcome, number = ANSWER.unpack_from(data)
        if answered != token or len(data) > ANSWER.size or outcome not in _OUTCOMES:
            self.tampered = True
            return None
        return outcome, number

    @property
    def has_answer(self) -> bool:
        """Enough has come for one."""
        return len(self._answer) >= ANSWER.size

    def take_ready(self) -> bool:
        """The first answer has come: it has begun. What it says its process id is."""
        if self.ready_pid is None and (answer := self.take_answer(READY)) is not None:
            self.ready_pid = answer[1]
        return self.ready_pid is not None

    def command(self, letter: bytes, number: int = 0, *, fds: list[int] | None = None) -> None:
        """Tell the keeper."""
        with suppress(OSError):  # it is gone, which its socket says
            socket.send_fds(self._ends.control, [COMMAND.pack(letter, number)], fds or [])

    def collect_rest(self) -> None:
        """Take what is in the pipes; what still prints into them does not hold this up."""
        for fd, captured in ((self._ends.output, self.stdout), (self._ends.errors, self.stderr)):
            for _ in range(_MAX_READS):
                if not _read(fd, captured):
                    break

    def take_keeper(self) -> int:
        """The keeper's pidfd, from here on the caller's."""
        keeper, self.keeper = self.keeper, -1
        return keeper

    def close(self) -> None:
        """Hang up. Once more does nothing."""
        if self._poller.closed:
            return
        self._poller.close()
        self._ends.close()
        for fd in (self.workspace, self.keeper):
            if fd >= 0:
                os.close(fd)

    def _hear(self) -> None:
        """One report."""
        try:
            message, fds, _, _ = socket.recv_fds(self._ends.control, messages.MAX_REPORT, 1)
        except BlockingIOError:
            return
        except OSError:
            message, fds = b"", []
        if len(message) < REPORT.size:
            self.is_lost = self.returncode is None
            self._forget(self._ends.control.fileno())
            return
        letter, number = REPORT.unpack_from(message)
        text = message[REPORT.size :].decode(errors="backslashreplace")
        if letter == messages.MADE and fds:
            (self.keeper,) = fds
        elif letter == messages.PLACE and fds:
            (self.workspace,), self.base = fds, text
        elif letter in (messages.MADE, messages.PLACE):
            self.failure = 0, "this process has too many open files"
        elif letter == messages.FAILED:
            self.failure = number, text
        elif letter == messages.ADOPTED:
            self.adopted = number
        elif letter == messages.ENDED:
            self.returncode = number

    def _receive(self) -> None:
        try:
            data = self._ends.channel.recv(2 * ANSWER.size)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._forget(self._ends.channel.fileno())
        elif len(self._answer) + len(data) > 2 * ANSWER.size:
            self.tampered = True
        self._answer += data[: 2 * ANSWER.size]

    def _send_rest(self) -> None:
        try:
            while self._unsent:
                self._unsent = self._unsent[self._ends.channel.send(self._unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            self._unsent = memoryview(b"")

    def _watch_channel(self, events: int) -> None:
        if self._ends.channel.fileno() in self._react:
            self._poller.modify(self._ends.channel.fileno(), events)

    def _collect(self, fd: int, captured: CapturedOutput) -> None:
        if _read(fd, captured) is None:
            self._forget(fd)

    def _forget(self, fd: int) -> None:
        if self._react.pop(fd, None) is not None:
            self._poller.unregister(fd)


def _read(fd: int, captured: CapturedOutput) -> bool | None:
    """Something was there; None at the end of file."""
    try:
        data = os.read(fd, _CHUNK)
    except BlockingIOError:
        return False
    captured.add(data)
    return True if data else None
