"""Parcels: messages for who is in the same process. They are protocol v2's, but that arrays lie beside the bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from openenv.wire import v2
from openenv.wire.frames import Frame, Reply, Request
from openenv.wire.values import check_dtype, from_msgpack, is_plain_array, to_msgpack

if TYPE_CHECKING:
    import numpy as np

BESIDE = 2
"""The msgpack extension type that stands for an array: its place beside the message."""


class Parcel(bytes):
    """As with every message, neither who has sent it nor who has received it can change what the other has, and ``len``
    is the size of all that is sent."""

    arrays: list[np.ndarray]

    def __len__(self) -> int:
        return super().__len__() + sum(array.nbytes for array in self.arrays)


class Packer:
    """Frames into parcels, in one thread at a time. Plain values are copied by way of msgpack, which takes less time
    than copying them in Python, and leaves them as they would be at the other end of a wire. An array is copied once,
    here, since its owner may go on to change it; one that is read-only and whose elements are its own is handed over as
    it is. Like those from a wire, all of them are read-only.
    """

    def __init__(self) -> None:
        self._arrays: list[np.ndarray] = []
        self._encode = msgspec.msgpack.Encoder(enc_hook=self._put).encode

    def pack(self, frame: Frame) -> Parcel:
        """One of ``wire.values.UNENCODABLE`` when it holds what msgpack cannot."""
        arrays: list[np.ndarray] = []
        self._arrays = arrays
        parcel = Parcel(self._encode(frame))
        parcel.arrays = arrays
        return parcel

    def _put(self, value: Any) -> Any:
        if not is_plain_array(type(value)):
            return to_msgpack(value)
        check_dtype(value.dtype)
        self._arrays.append(_lasting(value))
        return msgspec.msgpack.Ext(BESIDE, (len(self._arrays) - 1).to_bytes(4, "big"))


class Unpacker:
    """Parcels into frames, in one thread at a time."""

    def __init__(self) -> None:
        self._arrays: list[np.ndarray] = []
        self._parse_request = msgspec.msgpack.Decoder(Request, ext_hook=self._take).decode
        self._parse_reply = msgspec.msgpack.Decoder(Reply, ext_hook=self._take).decode

    def request(self, message: str | bytes | memoryview) -> Request:
        """As ``v2.decode_request``."""
        assert isinstance(message, Parcel)
        self._arrays = message.arrays
        return v2.decode_request(message, self._parse_request)

    def reply(self, message: str | bytes | memoryview) -> Reply:
        """As ``v2.decode_reply``."""
        assert isinstance(message, Parcel)
        self._arrays = message.arrays
        return v2.decode_reply(message, self._parse_reply)

    def _take(self, code: int, data: memoryview) -> Any:
        return self._arrays[int.from_bytes(data, "big")] if code == BESIDE else from_msgpack(code, data)


def _lasting(array: np.ndarray) -> np.ndarray:
    """The array, or a copy, in C order, that nobody changes."""
    flags = array.flags
    if flags.owndata and flags.c_contiguous and not flags.writeable:
        return array
    copy = array.copy()
    copy.setflags(write=False)
    return copy
