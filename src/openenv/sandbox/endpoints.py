"""The ends of a session's channels: those that stay here, and those that go inside."""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack, suppress
from dataclasses import dataclass


@dataclass(frozen=True)
class Endpoints:
    """What an interpreter is reached by: the keeper's reports (whole messages), the channel of requests, and what it
    prints. Nothing here blocks."""

    control: socket.socket
    channel: socket.socket
    output: int
    errors: int

    def close(self) -> None:
        """All of them; calling it once more does nothing good."""
        for sock in (self.control, self.channel):
            with suppress(OSError):
                sock.close()
        for fd in (self.output, self.errors):
            os.close(fd)


@dataclass(frozen=True)
class InnerEnds:
    """The other ends. They are closed here once they have been sent."""

    control: socket.socket
    channel: socket.socket
    output: int
    errors: int

    @property
    def fds(self) -> list[int]:
        """In the order in which the programs inside expect them."""
        return [self.control.fileno(), *self.of_interpreter]

    @property
    def of_interpreter(self) -> list[int]:
        """Those that the keeper does not need."""
        return [self.channel.fileno(), self.output, self.errors]

    def close(self) -> None:
        """All of them."""
        self.control.close()
        self.channel.close()
        os.close(self.output)
        os.close(self.errors)


def connected() -> tuple[Endpoints, InnerEnds]:
    """New channels. OSError, and none of them, when this process may not open as many files."""
    with ExitStack() as made:
        control, inner_control = map(made.enter_context, socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        channel, inner_channel = map(made.enter_context, socket.socketpair())
        output, inner_output, errors, inner_errors = _pipes()
        control.setblocking(False)
        channel.setblocking(False)
        made.pop_all()
    ours = Endpoints(control, channel, output, errors)
    return ours, InnerEnds(inner_control, inner_channel, inner_output, inner_errors)


def _pipes() -> list[int]:
    """Of two, where this process may open as many files."""
    fds: list[int] = []
    try:
        for _ in range(2):
            fds += os.pipe()
            os.set_blocking(fds[-2], False)
    except OSError:
        for fd in fds:
            os.close(fd)
        raise
    return fds
