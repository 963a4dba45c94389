"""Shelved arrays: protocol v2 between processes that share memory. Large arrays lie there, and a message says where."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

import msgspec

from openenv.contract.arrays import load_numpy
from openenv.errors import InvalidMessage
from openenv.wire import v2
from openenv.wire.frames import Frame, Reply
from openenv.wire.values import (
    ARRAY,
    HEADER_SIZE,
    array_in,
    from_msgpack,
    header_of,
    is_plain_array,
    layout_of,
    to_msgpack,
)

LARGE = 1 << 14
"""Bytes of an array from which on it is laid on the shelf."""

ANNOUNCED, LAID = 3, 4
"""The msgpack extension types of an array behind the address of the shelf, while that may not be known (one byte with
the length of the address, the address as msgpack ``[fd, name]``, what extension type 1 has), and of one on the shelf
(16 bytes with its place, and the header that extension type 1 has)."""

_PLACE_SIZE = 16
_TIMES = 16
"""So often a shelf is announced that nobody finds."""

_Ext = msgspec.msgpack.Ext
_decode_address = msgspec.msgpack.Decoder(tuple[int, str]).decode


class Lays(Protocol):
    """The shelf of who sends; see ``processes.shelf.Shelf``."""

    @property
    def address(self) -> tuple[int, str]:
        """A file descriptor, and a name."""
        ...

    @property
    def is_known(self) -> bool:
        """The other side has found it."""
        ...

    def room(self, size: int) -> tuple[bytes, memoryview] | None:
        """A place for so many bytes, in 16 of them, and these bytes; None where there is no room."""
        ...


class Takes(Protocol):
    """The shelf of who receives; see ``processes.shelf.OthersShelf``."""

    def take(self, place: bytes | memoryview, size: int) -> bytes:
        """A copy; ValueError for a place that there is not."""
        ...


def laying(make: Callable[[], Lays]) -> Callable[[Frame], bytes]:
    """As ``v2.encode``, in one thread at a time. ``make`` makes the shelf when there is a large array first. Where it
    raises OSError, and where there is no room, arrays go into the messages."""
    return msgspec.msgpack.Encoder(enc_hook=_Laying(make).put).encode


def taking(find: Callable[[int, str], Takes]) -> Callable[[bytes | memoryview | str], Reply]:
    """As ``v2.decode_reply``, in one thread at a time. ``find`` finds the shelf at an address. Where it raises OSError
    or ValueError, arrays keep coming in the messages."""
    return partial(v2.decode_reply, parse=msgspec.msgpack.Decoder(Reply, ext_hook=_Taking(find).take).decode)


class _Laying:
    def __init__(self, make: Callable[[], Lays]) -> None:
        self._make = make
        self._shelf: Lays | None = None
        self._room: Callable[[int], tuple[bytes, memoryview] | None] | None = None
        """The shelf's, since it is known."""
        self._times = _TIMES

    def put(self, value: Any) -> Any:
        """``enc_hook`` of msgpack."""
        if not is_plain_array(type(value)) or value.nbytes < LARGE:
            return to_msgpack(value)
        room_for = self._room or self._known()
        if room_for is None:
            return self._announced(to_msgpack(value))
        dtype, shape = value.dtype, value.shape
        header, room = header_of(dtype, shape), room_for(value.nbytes)
        if room is None:
            return to_msgpack(value)
        place, memory = room
        load_numpy().ndarray(shape, dtype, memory)[...] = value
        return _Ext(LAID, place + header)

    def _known(self) -> Callable[[int], tuple[bytes, memoryview] | None] | None:
        if self._shelf is not None and self._shelf.is_known:
            self._room = self._shelf.room
        return self._room

    def _announced(self, plain: msgspec.msgpack.Ext) -> msgspec.msgpack.Ext:
        if not self._times:
            return plain
        try:
            self._shelf = self._shelf or self._make()
        except OSError:
            self._times = 0
            return plain
        self._times -= 1
        address = msgspec.msgpack.encode(self._shelf.address)
        return _Ext(ANNOUNCED, b"".join((bytes((len(address),)), address, plain.data)))


class _Taking:
    def __init__(self, find: Callable[[int, str], Takes]) -> None:
        self._find = find
        self._shelf: Takes | None = None

    def take(self, code: int, data: memoryview) -> Any:
        """``ext_hook`` of msgpack."""
        if code != LAID:
            return from_msgpack(ARRAY, self._behind_address(data)) if code == ANNOUNCED else from_msgpack(code, data)
        dtype, shape, size = layout_of(bytes(data[_PLACE_SIZE + HEADER_SIZE :]))
        if self._shelf is None:
            raise InvalidMessage("an array lies on a shelf that nobody has found")
        return array_in(self._shelf.take(data[:_PLACE_SIZE], size), 0, dtype, shape)

    def _behind_address(self, data: memoryview) -> memoryview:
        start = 1 + int.from_bytes(data[:1], "big")
        if self._shelf is None:
            with suppress(OSError, ValueError):
                self._shelf = self._find(*_decode_address(data[1:start]))
        return data[start:]
