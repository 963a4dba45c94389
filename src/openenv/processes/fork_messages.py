"""Messages between a process and its zygote: a length with file descriptors beside it, then the message."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import msgspec

from openenv.processes.framing import LENGTH

MAX_FDS = 3


class Preload(msgspec.Struct, frozen=True, array_like=True, tag="preload"):
    """The first message: what the zygote is to import, as its program understands it."""

    order: bytes


class Fork(msgspec.Struct, frozen=True, array_like=True, tag="fork"):
    """Make a child. Beside it travel its channel, and where its output goes."""

    token: int
    directory: str


class Forked(msgspec.Struct, frozen=True, array_like=True, tag="forked"):
    """The child of an order. Its pidfd travels beside it, where the system has such a thing."""

    token: int
    pid: int


class Exited(msgspec.Struct, frozen=True, array_like=True, tag="exited"):
    """A descendant has ended; ``returncode`` is negative for a signal."""

    pid: int
    returncode: int


class Branched(msgspec.Struct, frozen=True, array_like=True, tag="branched"):
    """A child, ``parent``, has forked itself. Beside it travel the branch's channel, its output, and its pidfd.

    With a number, the branch lives on a thread of its parent: beside it travel its channel, and a pipe that ends when
    it does.
    """

    parent: int
    pid: int
    number: int = 0


ForkMessage = Preload | Fork | Forked | Exited | Branched

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(ForkMessage).decode


def send(control: socket.socket, message: ForkMessage, fds: Sequence[int] = ()) -> None:
    """Send a message with file descriptors. OSError when the other side is gone."""
    data = _encode(message)
    socket.send_fds(control, [LENGTH.pack(len(data)) + data], list(fds))


def receive(control: socket.socket) -> tuple[ForkMessage, list[int]] | None:
    """The next message and its file descriptors; None when the other side is gone."""
    head, fds, _, _ = socket.recv_fds(control, LENGTH.size, MAX_FDS)
    head += _exactly(control, LENGTH.size - len(head)) if head else b""
    if len(head) < LENGTH.size:
        return None
    (size,) = LENGTH.unpack(head)
    data = _exactly(control, size)
    return (_decode(data), list(fds)) if len(data) == size else None


def _exactly(control: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (part := control.recv(size - len(data))):
        data += part
    return data
