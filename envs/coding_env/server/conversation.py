"""A conversation: one request to the interpreter's program and its answer, while all that it prints is collected."""

import enum
import os
import selectors
import time
from collections.abc import Callable
from types import TracebackType
from typing import IO, Self

from coding_env.server.captured_output import CapturedOutput
from coding_env.server.child_process import ChildProcess
from coding_env.server.interpreter_program import ANSWER

_CHUNK = 1 << 16
_MAX_READS = 16
"""How often each pipe is read at the end: it holds at most 1 MiB, and what was printed before the answer is in it."""


class Event(enum.Enum):
    """Why ``wait`` returned."""

    ANSWERED = enum.auto()
    LOST = enum.auto()
    LATE = enum.auto()


class Conversation:
    """The code at the other end may send what it likes: only 20 bytes that repeat the token are an answer, and anything
    else ends the conversation."""

    def __init__(self, process: ChildProcess, request: bytes, *, token: bytes, max_output_bytes: int) -> None:
        self.stdout = CapturedOutput(max_output_bytes)
        self.stderr = CapturedOutput(max_output_bytes)
        self.status: int | None = None
        self.forged = False
        self._process = process
        self._token = token
        self._unsent = memoryview(request)
        self._received = b""
        self._lost = False
        self._selector = selectors.PollSelector()

    def __enter__(self) -> Self:
        register, read = self._selector.register, selectors.EVENT_READ
        register(self._process.channel, read | selectors.EVENT_WRITE, self._talk)
        register(self._process.stdout, read, lambda _: self._collect(self._process.stdout, self.stdout))
        register(self._process.stderr, read, lambda _: self._collect(self._process.stderr, self.stderr))
        if self._process.pidfd is not None:
            register(self._process.pidfd, read, self._end)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._selector.close()

    def wait(self, timeout_s: float) -> Event:
        """Until there is an answer, or none can come any more, or the time is over."""
        deadline = time.monotonic() + timeout_s
        while self.status is None and not self._lost:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return Event.LATE
            for key, events in self._selector.select(remaining):
                react: Callable[[int], None] = key.data
                react(events)
        return Event.LOST if self.status is None else Event.ANSWERED

    def collect_rest(self) -> None:
        """Take what is in the pipes; what still prints into them does not hold this up."""
        for pipe, output in ((self._process.stdout, self.stdout), (self._process.stderr, self.stderr)):
            for _ in range(_MAX_READS):
                if not _read(pipe, output):
                    break

    def _talk(self, events: int) -> None:
        try:
            if events & selectors.EVENT_WRITE:
                self._send()
            if events & selectors.EVENT_READ:
                self._receive()
        except BlockingIOError:
            pass
        except ConnectionError:
            self._hung_up()

    def _send(self) -> None:
        if self._unsent:
            self._unsent = self._unsent[self._process.channel.send(self._unsent) :]
        if not self._unsent:
            self._selector.modify(self._process.channel, selectors.EVENT_READ, self._talk)

    def _receive(self) -> None:
        data = self._process.channel.recv(ANSWER.size - len(self._received))
        self._received += data
        if not data:
            self._hung_up()
        elif len(self._received) == ANSWER.size:
            token, status = ANSWER.unpack(self._received)
            self.forged = self._lost = token != self._token
            self.status = None if self.forged else status

    def _hung_up(self) -> None:
        """The program no longer listens. It may still print, as after ``os.exec``, and its end tells how it ended."""
        self._selector.unregister(self._process.channel)
        self._lost = self._process.pidfd is None

    def _end(self, events: int) -> None:
        self._lost = True

    def _collect(self, pipe: IO[bytes], output: CapturedOutput) -> None:
        if not _read(pipe, output):
            self._selector.unregister(pipe)


def _read(pipe: IO[bytes], output: CapturedOutput) -> bool:
    """False at the end of file, and where nothing is there."""
    try:
        data = os.read(pipe.fileno(), _CHUNK)
    except BlockingIOError:
        return False
    output.add(data)
    return bool(data)
