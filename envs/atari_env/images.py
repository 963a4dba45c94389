"""Images: a screen as PNG, without any library for images."""

import struct
import zlib
from typing import Any

import numpy as np

from openenv.contract.arrays import ArraySpec

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB = 0, 2
_BYTES = ArraySpec("uint8")


def png(screen: Any) -> bytes:
    """A uint8 array, or nested lists, as a PNG file (RFC 2083): height × width, or height × width × 3. Of a stack of
    frames, which has one dimension more, the newest; ambiguous shapes are read as colours. ValueError for what is no
    picture."""
    pixels = _picture(_BYTES.check(screen))
    height, width = pixels.shape[:2]
    kind = _RGB if pixels.ndim == 3 else _GREY
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(name, data) for name, data in chunks)


def _picture(array: np.ndarray) -> np.ndarray:
    if array.ndim == 4 or (array.ndim == 3 and array.shape[2] != 3):
        array = array[-1]
    if array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 3):
        return array
    raise ValueError(f"an array of shape {array.shape} is no picture")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
