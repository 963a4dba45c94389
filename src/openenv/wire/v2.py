"""Protocol v2: one msgpack array per frame, arrays as raw bytes."""

from __future__ import annotations

import msgspec

from openenv.errors import InvalidMessage, OpenEnvError, ProtocolError, UnknownMessageType
from openenv.wire.frames import Frame, FrameError, Reply, Request
from openenv.wire.values import from_msgpack, to_msgpack

_encoder = msgspec.msgpack.Encoder(enc_hook=to_msgpack)
_requests = msgspec.msgpack.Decoder(Request, ext_hook=from_msgpack)
_replies = msgspec.msgpack.Decoder(Reply, ext_hook=from_msgpack)
_any = msgspec.msgpack.Decoder(ext_hook=lambda code, data: None)

_REQUEST_KINDS = range(1, 8)


def encode(frame: Frame) -> bytes:
    """A frame as bytes. TypeError, ValueError or OverflowError when it holds what msgpack cannot."""
    return _encoder.encode(frame)


def decode_request(data: bytes | memoryview | str) -> Request:
    """The request in a message; FrameError, whose ``reply`` names channel and id where they can be read."""
    if isinstance(data, str):
        raise FrameError(InvalidMessage("protocol v2 takes binary messages, this one is text"))
    try:
        return _requests.decode(data)
    except (msgspec.MsgspecError, OpenEnvError, ValueError, RecursionError) as error:
        raise _explained(data, error) from error


def decode_reply(data: bytes | memoryview | str) -> Reply:
    """The reply in a message; ProtocolError when it is none."""
    if isinstance(data, str):
        raise ProtocolError("the server sent a text message on protocol v2")
    try:
        return _replies.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise ProtocolError(f"the server's message is no frame: {error}") from error


def _explained(data: bytes | memoryview, error: Exception) -> FrameError:
    """What was wrong, addressed to its request where the message is well-formed that far."""
    try:
        frame = _any.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return FrameError(InvalidMessage(f"not a msgpack frame: {error}"))
    if not isinstance(frame, list) or len(frame) < 3 or not all(type(n) is int for n in frame[:3]):
        return FrameError(InvalidMessage("a frame is an array that begins with kind, channel and id"))
    kind, channel, id = frame[:3]
    if kind not in _REQUEST_KINDS:
        return FrameError(UnknownMessageType(f"Unknown message type: {kind}"), channel=channel, id=id)
    return FrameError(InvalidMessage(str(error)), channel=channel, id=id)
