"""Protocol v1: the reference's JSON, one text message per frame, translated to and from frames."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import pydantic
from pydantic import BaseModel, ConfigDict

from openenv.contract.adapters import adapter_of
from openenv.errors import InvalidMessage, ProtocolError, UnknownMessageType, ValidationError
from openenv.wire.frames import (
    Close,
    Failure,
    Frame,
    FrameError,
    GetState,
    Mcp,
    McpReply,
    Reply,
    Request,
    Reset,
    Result,
    StateReply,
    Step,
)
from openenv.wire.values import to_json

CHANNEL = 0
"""A v1 connection is one session."""

SENDABLE = (Reset, Step, GetState, Close, Mcp)
"""The requests that have a message in v1."""

ANSWERABLE = (Result, StateReply, McpReply, Failure)
"""The replies that have a message in v1."""

_encoder = msgspec.json.Encoder(enc_hook=to_json)
_decoder = msgspec.json.Decoder()


def encode_request(request: Request) -> str:
    """A request as text; ``open`` and ``cancel`` have none in v1."""
    match request:
        case Reset(options=options):
            return _text({"type": "reset", "data": options} if options else {"type": "reset"})
        case Step(action=action):
            return _text({"type": "step", "data": action})
        case GetState():
            return '{"type":"state"}'
        case Close():
            return '{"type":"close"}'
        case Mcp(message=message):
            return _text({"type": "mcp", "data": message})
    raise TypeError(f"protocol v1 has no message for {type(request).__name__}")


def decode_request(message: str | bytes | memoryview, *, id: int) -> Request:
    """The request in a message, numbered ``id``; FrameError, whose ``reply`` is the error message that v1 sends."""
    if not isinstance(message, str):
        raise FrameError(InvalidMessage("Invalid JSON: expected a text message, got a binary one"))
    try:
        envelope = _decoder.decode(message)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise FrameError(InvalidMessage(f"Invalid JSON: {error}")) from error
    if not isinstance(envelope, dict):
        raise FrameError(InvalidMessage(f"Invalid JSON: expected an object, got {type(envelope).__name__}"))
    return _request(envelope, id)


def encode_reply(reply: Reply) -> str:
    """A reply as text. TypeError or ValueError when it holds what JSON cannot."""
    match reply:
        case Result():
            return _text({"type": "observation", "data": result_data(reply)})
        case StateReply(state=state):
            return _text({"type": "state", "data": state})
        case McpReply(message=message):
            return _text({"type": "mcp", "data": message})
        case Failure():
            error = reply.error()
            data = {"message": error.message, "code": error.v1_code or reply.code, **_v1_details(reply)}
            return _text({"type": "error", "data": data})
    raise TypeError(f"protocol v1 has no message for {type(reply).__name__}")


def decode_reply(message: str | bytes | memoryview, *, id: int) -> Reply:
    """The reply in a message, taken to answer request ``id``; ProtocolError when it is none."""
    if not isinstance(message, str):
        raise ProtocolError("the server sent a binary message on protocol v1")
    try:
        envelope = _decoder.decode(message)
        return _REPLIES[envelope["type"]](envelope["data"], id)
    except (msgspec.MsgspecError, ValueError, RecursionError, LookupError, TypeError) as error:
        raise ProtocolError(f"the server's message is no v1 reply: {error!r}") from error


def result_data(result: Result) -> dict[str, Any]:
    """The body that answers reset and step. ``truncated``, for which v1 has no place, travels in the metadata."""
    observation = result.observation
    metadata = observation.get("metadata")
    if result.truncated and "truncated" not in observation:
        metadata = {**(metadata or {}), "truncated": True}
        if "metadata" in observation:
            observation = {**observation, "metadata": metadata}
    data = {"observation": observation, "reward": result.reward, "done": result.done}
    return {**data, "metadata": metadata} if metadata else data


class _Envelope(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _ResetEnvelope(_Envelope):
    type: Literal["reset"]
    data: dict[str, Any] = {}


class _StepEnvelope(_Envelope):
    type: Literal["step"]
    data: dict[str, Any]


class _McpEnvelope(_Envelope):
    type: Literal["mcp"]
    data: dict[str, Any]


class _BareEnvelope(_Envelope):
    type: Literal["state", "close"]


_ENVELOPES: dict[str, type[BaseModel]] = {
    "reset": _ResetEnvelope,
    "step": _StepEnvelope,
    "state": _BareEnvelope,
    "close": _BareEnvelope,
    "mcp": _McpEnvelope,
}


def _request(envelope: dict[str, Any], id: int) -> Request:
    kind, data = envelope.get("type", ""), envelope.get("data")
    if kind == "step" and isinstance(data, dict) and len(envelope) == 2:  # the message that is sent most
        return Step(CHANNEL, id, data)
    if not isinstance(kind, str) or kind not in _ENVELOPES:
        raise FrameError(UnknownMessageType(f"Unknown message type: {kind}"))
    try:
        fields = adapter_of(_ENVELOPES[kind]).validate(envelope)
    except ValidationError as error:
        raise FrameError(error) from error
    match fields:
        case _ResetEnvelope(data=options):
            return Reset(CHANNEL, id, options)
        case _StepEnvelope(data=action):
            return Step(CHANNEL, id, action)
        case _McpEnvelope(data=message):
            return Mcp(CHANNEL, id, message)
    return GetState(CHANNEL, id) if kind == "state" else Close(CHANNEL, id)


def _result(data: dict[str, Any], id: int) -> Result:
    observation = dict(data["observation"])
    metadata = dict(observation.get("metadata") or data.get("metadata") or {})
    truncated = metadata.pop("truncated", None) is True or observation.get("truncated") is True
    if "metadata" in observation or metadata:
        observation["metadata"] = metadata
    return Result(CHANNEL, id, observation, data.get("reward"), bool(data.get("done", False)), truncated)


def _failure(data: dict[str, Any], id: int) -> Failure:
    details = {name: value for name, value in data.items() if name not in ("code", "message")}
    return Failure(CHANNEL, id, str(data.get("code", "")), str(data.get("message", "")), details)


_REPLIES: dict[str, Any] = {
    "observation": _result,
    "state": lambda data, id: StateReply(CHANNEL, id, dict(data)),
    "mcp": lambda data, id: McpReply(CHANNEL, id, dict(data)),
    "error": _failure,
}


def _v1_details(failure: Failure) -> dict[str, Any]:
    """The fields that v1's errors carry; ``exception_type`` belongs to v2."""
    hidden = ("exception_type", "signal", "exit_status")
    return {name: value for name, value in failure.details.items() if name not in hidden}


def _text(value: Any) -> str:
    return _encoder.encode(value).decode()


