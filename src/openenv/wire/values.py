"""Values that are neither JSON nor msgpack: numpy arrays and scalars, paths and other plain objects."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

import msgspec

from openenv.errors import InvalidMessage, MissingExtra

ARRAY = 1
"""The msgpack extension type of an array: two bytes (big-endian) with the length of the header, the header (msgpack
``[dtype, shape]``, the dtype as in numpy's array interface), then the elements in C order."""

_KINDS = "biufcSUMm"
_header = msgspec.msgpack.Encoder()
_read_header = msgspec.msgpack.Decoder(tuple[str, tuple[int, ...]])


def to_json(value: Any) -> Any:
    """``enc_hook`` of JSON: arrays are nested lists."""
    if _is_numpy(value):
        return value.tolist()
    return _to_builtin(value)


def to_msgpack(value: Any) -> Any:
    """``enc_hook`` of msgpack: arrays are extension type 1. TypeError for arrays of objects and records."""
    if not _is_numpy(value):
        return _to_builtin(value)
    if not value.shape and not hasattr(value, "__array_finalize__"):
        return value.item()
    if value.dtype.kind not in _KINDS:
        raise TypeError(f"arrays of dtype {value.dtype} cannot be sent; use numbers, booleans, strings or times")
    header = _header.encode((value.dtype.str, value.shape))
    return msgspec.msgpack.Ext(ARRAY, b"".join((len(header).to_bytes(2, "big"), header, value.tobytes())))


def from_msgpack(code: int, data: memoryview) -> Any:
    """``ext_hook`` of msgpack: a read-only view of the message, not a copy. InvalidMessage when it does not add up."""
    if code != ARRAY:
        raise InvalidMessage(f"unknown msgpack extension type {code}")
    size = int.from_bytes(data[:2], "big")
    try:
        dtype, shape = _read_header.decode(data[2 : 2 + size])
    except msgspec.MsgspecError as error:
        raise InvalidMessage(f"array header: {error}") from error
    return _view(dtype, shape, data[2 + size :])


def _view(dtype_name: str, shape: tuple[int, ...], raw: memoryview) -> Any:
    try:
        import numpy as np
    except ImportError as error:  # a client that was installed without it
        raise MissingExtra("numpy, which this observation's arrays need,", extra="arrays") from error
    try:
        dtype = np.dtype(dtype_name)
    except (TypeError, ValueError, SyntaxError) as error:
        raise InvalidMessage(f"unknown array dtype {dtype_name!r}") from error
    count = 1
    for length in shape:
        count *= length
    if dtype.kind not in _KINDS or any(n < 0 for n in shape) or count * dtype.itemsize != raw.nbytes:
        raise InvalidMessage(f"array of {dtype_name} {shape} does not fit its {raw.nbytes} bytes")
    return np.frombuffer(raw, dtype).reshape(shape) if raw.nbytes else np.empty(shape, dtype)


def _is_numpy(value: Any) -> bool:
    return type(value).__module__ == "numpy" and hasattr(value, "dtype")


def _to_builtin(value: Any) -> Any:
    if isinstance(value, PurePath):
        return str(value)
    raise TypeError(f"values of type {type(value).__name__} cannot be sent; use plain data or arrays")
