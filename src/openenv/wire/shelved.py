"""Shelved arrays: protocol v2 between processes that share memory. Large arrays lie there, and a message says where."""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Annotated, Any, Protocol

import msgspec

from openenv.contract.arrays import load_numpy
from openenv.wire import v2
from openenv.wire.frames import Frame, Reply, Request
from openenv.wire.values import (
    ARRAY,
    LENGTH_SIZE,
    Packed,
    array_in,
    from_msgpack,
    header_of,
    is_plain_array,
    layout_of,
    to_msgpack,
)

LARGE = 1 << 14
"""Bytes of an array from which on it is laid on the shelf."""

ANNOUNCED = 3
"""The msgpack extension type of an array in a message that offers a shelf, or says that all was taken of it: one byte
with the length of the shelf's address, the address (msgpack, ``[fd, name, number]``), then the data of extension type
1."""

LAID = 4
"""The msgpack extension type of an array on the shelf: 16 bytes with its place, then the header of extension type 1."""

_UINT64 = b"\xcf"
_TAKEN = struct.Struct(">cQ")
"""A msgpack integer of 64 bits, in front of a request: the number of the array that was taken last."""

_PLACE_SIZE, _TAKEN_SIZE = 16, _TAKEN.size

_TIMES = 1000
"""So many arrays offer a shelf that the receiver does not find."""

_decode_address = msgspec.msgpack.Decoder(tuple[int, str, Annotated[int, msgspec.Meta(ge=1)]]).decode


class SendersShelf(Protocol):
    """See ``processes.shelf.Shelf``."""

    taken: int
    """What the receiver has told."""

    @property
    def address(self) -> tuple[int, str, int]:
        """A file descriptor, a name and a number."""
        ...

    def allocate(self, size: int) -> tuple[bytes, memoryview] | None:
        """The place of so many bytes, and these bytes; None where there is no room."""
        ...


class ReceiversShelf(Protocol):
    """See ``processes.shelf.OthersShelf``."""

    taken: int
    """What the sender is to be told; 0 for nothing."""
    left: int
    """So many bytes may yet be taken for the message; at first, those of a whole shelf."""

    def find(self, fd: int, name: str, number: int) -> None:
        """Look for it at this address; OSError."""
        ...

    def take(self, place: bytes | memoryview, size: int, *, before: bytes = b"") -> bytes:
        """A copy of what lies there, behind other bytes; ValueError for a place that there is not."""
        ...


class SendersCodec:
    """Replies into messages, and requests out of them, in one thread at a time. ``make`` makes the shelf when there is
    a large array first. Where it raises OSError, and where there is no room, arrays go into the messages."""

    def __init__(self, make: Callable[[], SendersShelf], *, large: int = LARGE) -> None:
        self._make = make
        self._large = large
        self._times = _TIMES
        self._shelf: SendersShelf | None = None
        self.encode: Callable[[Frame], bytes] = msgspec.msgpack.Encoder(enc_hook=self._put).encode
        """As ``v2.encode``."""

    def decode_request(self, message: bytes | memoryview | str) -> Request:
        """As ``v2.decode_request``, for what comes from ``ReceiversCodec``."""
        if not isinstance(message, str) and message[:1] == _UINT64:
            if self._shelf is not None:
                self._shelf.taken = int.from_bytes(message[1:_TAKEN_SIZE], "big")
            message = message[_TAKEN_SIZE:]
        return v2.decode_request(message)

    def _put(self, value: Any) -> Any:
        if not is_plain_array(type(value)) or value.nbytes < self._large:
            return to_msgpack(value)
        shelf = self._shelf
        if shelf is None or not shelf.taken:
            return self._offered(to_msgpack(value))
        dtype, shape = value.dtype, value.shape
        header, allocated = header_of(dtype, shape), shelf.allocate(value.nbytes)
        if allocated is None:
            return self._announced(to_msgpack(value))
        place, memory = allocated
        load_numpy().ndarray(shape, dtype, memory)[...] = value
        return Packed(LAID, place + header)

    def _offered(self, plain: Packed) -> Packed:
        """As long as it may yet be found."""
        if not self._times:
            return plain
        self._times -= 1
        try:
            self._shelf = self._shelf or self._make()
        except OSError:
            self._times = 0
            return plain
        return self._announced(plain)

    def _announced(self, plain: Packed) -> Packed:
        assert self._shelf is not None
        address = msgspec.msgpack.encode(self._shelf.address)
        return Packed(ANNOUNCED, b"".join((bytes((len(address),)), address, plain.data)))


class ReceiversCodec:
    """Requests into messages, and replies out of them, in one thread at a time. Who ``passes_on`` the replies gets what
    lies on the shelf ``Packed``, as the next encoder takes it; others get arrays."""

    def __init__(self, shelf: ReceiversShelf, *, passes_on: bool = False) -> None:
        self._shelf = shelf
        self._most = shelf.left
        self._parse = msgspec.msgpack.Decoder(Reply, ext_hook=partial(_value, shelf, passes_on)).decode

    def encode(self, request: Request) -> bytes:
        """As ``v2.encode``."""
        message, taken = v2.encode(request), self._shelf.taken
        return _TAKEN.pack(_UINT64, taken) + message if taken else message

    def decode_reply(self, message: bytes | memoryview | str) -> Reply:
        """As ``v2.decode_reply``, for what comes from ``SendersCodec``."""
        self._shelf.left = self._most
        return v2.decode_reply(message, self._parse)


def _value(shelf: ReceiversShelf, passes_on: bool, code: int, data: memoryview) -> Any:
    if code == LAID:
        dtype, shape, size = layout_of(bytes(data[_PLACE_SIZE + LENGTH_SIZE :]))
        if passes_on:
            return Packed(ARRAY, shelf.take(data[:_PLACE_SIZE], size, before=header_of(dtype, shape)))
        return array_in(shelf.take(data[:_PLACE_SIZE], size), 0, dtype, shape)
    if code == ANNOUNCED:
        code, data = ARRAY, _behind_address(shelf, data)
    return from_msgpack(code, data)


def _behind_address(shelf: ReceiversShelf, data: memoryview) -> memoryview:
    start = 1 + int.from_bytes(data[:1], "big")
    address = _decode_address(data[1:start])
    with suppress(OSError, OverflowError):
        shelf.find(*address)
    return data[start:]
