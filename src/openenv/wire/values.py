"""Values that are neither JSON nor msgpack: numpy arrays and scalars, and plain objects that have a text."""

from __future__ import annotations

import math
import re
import sys
from functools import lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import msgspec
from pydantic_core import to_jsonable_python

from openenv.contract.arrays import is_array, load_numpy
from openenv.contract.caching import cached
from openenv.errors import InvalidMessage

if TYPE_CHECKING:
    import numpy as np

ARRAY = 1
"""The msgpack extension type of an array: two bytes (big-endian) with the length of the header, the header (msgpack
``[dtype, shape]``, the dtype as in numpy's array interface), then the elements in C order."""

LENGTH_SIZE = 2
"""Bytes that say how long the header is."""

MAX_DIMENSIONS = 64
"""What numpy admits."""

MAX_HEADER = 1024
"""Bytes: more than so many dimensions need."""

_DTYPES = re.compile(
    r"\|b1|[<>|][iu][1248]|[<>]f[248]|[<>]c(8|16)|[<>|][SU][1-9]\d{0,6}|[<>][mM]8(\[([1-9]\d{0,8})?[a-zA-Z]+\])?",
    re.ASCII,
)
"""Numbers, booleans, text and times of a size that every machine has; no objects and no records. Times in multiples of
0, as numpy also understands a number of more than 32 bits, end the process when they are compared."""

UNENCODABLE = (TypeError, ValueError, OverflowError, RecursionError, MemoryError)
"""What encoding raises where a value has no form: its type, its size or its depth."""

_MOST_EMPTY_LISTS = 1 << 16
"""So many lines of length 0 an array may have in JSON: it takes a message of some bytes to ask for any number."""

_JSON_KINDS = "biufU"
"""The kinds of numpy dtypes that nested lists can say."""

Packed = msgspec.msgpack.Ext
"""What msgpack has for an array, and for any other value that is an extension: its type and its data."""

_encode_header = msgspec.msgpack.Encoder().encode
_decode_header = msgspec.msgpack.Decoder(tuple[str, tuple[int, ...]]).decode


def to_json(value: Any) -> Any:
    """What a JSON encoder asks for a value that it does not know: arrays are nested lists. TypeError or ValueError
    when there is no such form."""
    if isinstance(value, msgspec.Struct):
        return msgspec.to_builtins(value, enc_hook=to_json)
    value = unpacked(value)
    if isinstance(value, PurePath):
        return str(value)
    if not _is_numpy(type(value)):
        raise TypeError(f"values of type {type(value).__name__} cannot be sent; use plain data or arrays")
    check_dtype(value.dtype)
    if _is_scalar(type(value)):
        return value.item()
    if value.dtype.kind not in _JSON_KINDS:
        raise TypeError(f"arrays of dtype {value.dtype} have no form in JSON; use numbers, booleans or text")
    return _lists_of(value)


def with_lists(value: Any) -> Any:
    """A value from a message, with lists in place of its arrays. ValueError as from ``to_json``."""
    if isinstance(value, dict):
        return {key: with_lists(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_lists(item) for item in value]
    return _lists_of(value) if is_array(value) else value


def unpacked(value: Any) -> Any:
    """The array, where a session's host has passed on a large one as it was, since most are only sent on. Other values
    as they are, also an extension value that is no array."""
    if type(value) is not Packed:
        return value
    try:
        return from_msgpack(value.code, memoryview(value.data))
    except (InvalidMessage, TypeError):  # an environment's own, which is refused where it is sent
        return value


def to_msgpack(value: Any) -> Any:
    """``enc_hook`` of msgpack: arrays are extension type 1. TypeError or ValueError for what cannot be sent."""
    kind = type(value)
    if not _is_numpy(kind):
        return to_jsonable_python(value, fallback=to_json)
    if _is_scalar(kind):
        check_dtype(value.dtype)
        return value.item()
    elements = value if value.flags.c_contiguous else value.tobytes()  # which copies
    return Packed(ARRAY, b"".join((header_of(value.dtype, value.shape), elements)))


def from_msgpack(code: int, data: memoryview) -> Any:
    """``ext_hook`` of msgpack: a read-only view of the message, not a copy. InvalidMessage when it does not add up,
    before anything of the announced size is allocated."""
    if code != ARRAY:
        raise InvalidMessage(f"unknown msgpack extension type {code}")
    start = LENGTH_SIZE + int.from_bytes(data[:LENGTH_SIZE], "big")
    dtype, shape, size = layout_of(bytes(data[LENGTH_SIZE:start]))
    if size != data.nbytes - start:
        raise InvalidMessage(f"array of {dtype.str} {shape} does not fit its {max(0, data.nbytes - start)} bytes")
    return array_in(data if data.readonly else data.toreadonly(), start, dtype, shape)


def array_in(data: bytes | memoryview, start: int, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Any:
    """The array of this dtype and shape whose elements begin at byte ``start`` of ``data``: a view, read-only where
    ``data`` is. InvalidMessage when there is none."""
    try:
        return load_numpy().ndarray(shape, dtype, data, start)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidMessage(f"array of {dtype.str} {shape}: {error}") from error


@lru_cache(maxsize=256)
def header_of(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    """What goes before the elements of such arrays. TypeError for a dtype that cannot be sent."""
    check_dtype(dtype)
    header = _encode_header((dtype.str, shape))
    return len(header).to_bytes(LENGTH_SIZE, "big") + header


@lru_cache(maxsize=256)
def layout_of(header: bytes) -> tuple[np.dtype[Any], tuple[int, ...], int]:
    """The dtype, the shape, and how many bytes such an array has. InvalidMessage for what is no header, or one of what
    cannot be sent."""
    if len(header) > MAX_HEADER:  # which is not kept
        raise InvalidMessage(f"an array's header has at most {MAX_HEADER} bytes, not {len(header)}")
    try:
        name, shape = _decode_header(header)
    except ValueError as error:
        raise InvalidMessage(f"array header: {error}") from error
    if not _DTYPES.fullmatch(name):
        raise InvalidMessage(f"unknown array dtype {name[:40]!r}")
    if len(shape) > MAX_DIMENSIONS or any(length < 0 for length in shape):
        raise InvalidMessage(f"an array has at most {MAX_DIMENSIONS} dimensions, none of which is negative")
    try:
        dtype = load_numpy().dtype(name)
    except (TypeError, ValueError) as error:
        raise InvalidMessage(f"array of {name}: {error}") from error
    if 0 in shape and math.prod(filter(None, shape)) * dtype.itemsize > sys.maxsize:  # which numpy does not make
        raise InvalidMessage(f"array of {name} {shape}: its other dimensions are too large")
    return dtype, shape, dtype.itemsize * math.prod(shape)


@lru_cache(maxsize=256)
def check_dtype(dtype: np.dtype[Any]) -> None:
    """TypeError for arrays that cannot be sent."""
    if not _DTYPES.fullmatch(dtype.str):
        raise TypeError(f"arrays of dtype {dtype} cannot be sent; use numbers, booleans, text or times")


def _lists_of(array: np.ndarray) -> Any:
    """ValueError for an array without elements that would be many empty lists."""
    if array.size == 0 and math.prod(array.shape[: array.shape.index(0)]) > _MOST_EMPTY_LISTS:
        raise ValueError(f"an array of shape {array.shape} has no elements, and too many empty lists in JSON")
    return array.tolist()


@cached
def _is_numpy(kind: type[Any]) -> bool:
    """A type of arrays or scalars."""
    return kind.__module__ == "numpy" and hasattr(kind, "dtype")


@cached
def is_plain_array(kind: type[Any]) -> bool:
    """numpy's ``ndarray`` itself. What its subclasses are on the wire, ``to_msgpack`` says."""
    return kind.__module__ == "numpy" and kind.__name__ == "ndarray"


@cached
def _is_scalar(kind: type[Any]) -> bool:
    """Of numpy's types: one of scalars, and not of arrays."""
    return not hasattr(kind, "__array_finalize__")
