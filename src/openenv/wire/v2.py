"""Protocol v2: one msgpack array per frame, arrays as raw bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from openenv.errors import InvalidMessage, OpenEnvError, ProtocolError, UnknownMessageType
from openenv.wire.frames import MAX_CHANNEL, OPERATIONS, Frame, FrameError, Reply, Request
from openenv.wire.values import from_msgpack, to_msgpack

T = TypeVar("T")
_Parser = Callable[[bytes | memoryview], T]

encode: Callable[[Frame], bytes] = msgspec.msgpack.Encoder(enc_hook=to_msgpack).encode
"""A frame as bytes. One of ``wire.values.UNENCODABLE`` when it holds what msgpack cannot."""

_parse_request: _Parser[Request] = msgspec.msgpack.Decoder(Request, ext_hook=from_msgpack).decode
_parse_reply: _Parser[Reply] = msgspec.msgpack.Decoder(Reply, ext_hook=from_msgpack).decode
_any = msgspec.msgpack.Decoder(ext_hook=lambda code, data: None)

_REQUEST_KINDS = frozenset(kind.__struct_config__.tag for kind in OPERATIONS)


def decode_request(data: bytes | memoryview | str, parse: _Parser[Request] = _parse_request) -> Request:
    """The request in a message; FrameError, whose ``reply`` names channel and id where they can be read."""
    if isinstance(data, str):
        raise FrameError(InvalidMessage("protocol v2 takes binary messages, this one is text"))
    try:
        return parse(data)
    except (ValueError, OpenEnvError, RecursionError) as error:  # msgspec's own are ValueErrors
        raise _explained(data, error) from error


def decode_reply(data: bytes | memoryview | str, parse: _Parser[Reply] = _parse_reply) -> Reply:
    """The reply in a message; ProtocolError when it is none, MissingExtra when it holds arrays and numpy is missing."""
    if isinstance(data, str):
        raise ProtocolError("the server sent a text message on protocol v2")
    try:
        return parse(data)
    except (ValueError, InvalidMessage, RecursionError) as error:
        raise ProtocolError(f"the server's message is no frame: {error}") from error


def _explained(data: bytes | memoryview, error: Exception) -> FrameError:
    """What was wrong, addressed to its request where the message is well-formed that far."""
    try:
        frame = _any.decode(data)
    except (ValueError, RecursionError):
        return FrameError(InvalidMessage(f"not a msgpack frame: {error}"))
    numbers = isinstance(frame, list) and len(frame) >= 3 and all(type(n) is int and n >= 0 for n in frame[:3])
    if not numbers or frame[1] > MAX_CHANNEL:  # which no reply could name
        return FrameError(InvalidMessage("a frame is an array that begins with kind, channel and id"))
    kind, channel, id = frame[:3]
    if kind not in _REQUEST_KINDS:
        return FrameError(UnknownMessageType(f"Unknown message type: {kind}"), channel=channel, id=id)
    return FrameError(InvalidMessage(str(error)), channel=channel, id=id)
