"""Protocol v1: the reference's JSON, one text message per frame, translated to and from frames."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
import pydantic_core
from pydantic import BaseModel, ConfigDict
from pydantic_core.core_schema import CoreConfig, any_schema

from openenv.contract.adapters import adapter_of
from openenv.contract.flat import flattened
from openenv.contract.signature import ModelTypes
from openenv.contract.transition import metadata_of
from openenv.errors import InvalidMessage, ProtocolError, UnknownMessageType, ValidationError
from openenv.wire.frames import (
    Close,
    Failure,
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
from openenv.wire.values import to_json, unpacked

CHANNEL = 0
"""A v1 connection is one session."""

SENDABLE = (Reset, Step, GetState, Close, Mcp)
"""The requests that have a message in v1."""

ANSWERABLE = (Result, StateReply, McpReply, Failure)
"""The replies that have a message in v1."""

_parse = msgspec.json.Decoder().decode


@dataclass(frozen=True)
class FlatFields:
    """The fields whose arrays are flat lists, of observations and of the state."""

    observation: Collection[str] = frozenset()
    state: Collection[str] = frozenset()

    @classmethod
    def of(cls, types: ModelTypes) -> FlatFields:
        """As the models say."""
        first = _flat_in(types.reset_observation or types.observation)
        return cls(first | _flat_in(types.observation), _flat_in(types.state))


NO_FLAT_FIELDS = FlatFields()


def _flat_in(model: type[Any]) -> frozenset[str]:
    try:
        adapter = adapter_of(model)
    except TypeError:  # it is no model, which is told where one is needed
        return frozenset()
    return frozenset(adapter.flat)


def encode_request(request: Request) -> str:
    """A request as text; ``open`` and ``cancel`` have none in v1."""
    match request:
        case Reset(options=options):
            return _request_text({"type": "reset", "data": options} if options else {"type": "reset"})
        case Step(action=action):
            return _request_text({"type": "step", "data": action})
        case GetState():
            return '{"type":"state"}'
        case Close():
            return '{"type":"close"}'
        case Mcp(message=message):
            return _request_text({"type": "mcp", "data": message})
    raise TypeError(f"protocol v1 has no message for {type(request).__name__}")


def decode_request(message: str | bytes | memoryview, *, id: int) -> Request:
    """The request in a message, numbered ``id``; FrameError, whose ``reply`` is the error message that v1 sends."""
    if not isinstance(message, str):
        raise FrameError(InvalidMessage("Invalid JSON: expected a text message, got a binary one"))
    try:
        envelope = _parse(message)
    except (ValueError, RecursionError):
        envelope = _parsed_by_python(message)
    if not isinstance(envelope, dict):
        raise FrameError(InvalidMessage(f"Invalid JSON: expected an object, got {type(envelope).__name__}"))
    if len(envelope) == 2 and envelope.get("type") == "step" and isinstance(data := envelope.get("data"), dict):
        return Step(CHANNEL, id, data)  # the message that is sent most
    return _request(envelope, id)


def encode_reply(reply: Reply, *, flat: FlatFields = NO_FLAT_FIELDS) -> str:
    """A reply as text. TypeError or ValueError when it holds what JSON cannot."""
    if isinstance(reply, Result):
        return _reply_text({"type": "observation", "data": result_data(reply, flat=flat.observation)})
    match reply:
        case StateReply(state=state):
            return _reply_text({"type": "state", "data": with_flat(state, flat.state)})
        case McpReply(message=message):
            return _reply_text({"type": "mcp", "data": message})
        case Failure():
            code = reply.error().v1_code or reply.code
            data = {"message": reply.message, "code": code, **_v1_details(reply)}
            return _reply_text({"type": "error", "data": data})
    raise TypeError(f"protocol v1 has no message for {type(reply).__name__}")


def decode_reply(message: str | bytes | memoryview, *, id: int) -> Reply:
    """The reply in a message, taken to answer request ``id``; ProtocolError when it is none."""
    if not isinstance(message, str):
        raise ProtocolError("the server sent a binary message on protocol v1")
    try:
        reply = _parse_reply(message)
    except (ValueError, RecursionError):
        reply = _foreign_reply(message)
    match reply:
        case _Observed(data=data):
            return _result(data, id)
        case _Stated(data=state):
            return StateReply(CHANNEL, id, state)
        case _Answered(data=answer):
            return McpReply(CHANNEL, id, answer)
    return _failure(reply.data, id)


def with_flat(fields: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """The fields of an observation or a state, with the arrays of these names flat."""
    if not names:
        return fields
    return flattened({name: unpacked(value) if name in names else value for name, value in fields.items()}, names)


def result_data(result: Result, *, flat: Collection[str] = ()) -> dict[str, Any]:
    """The body that answers reset and step. ``truncated``, for which v1 has no place, travels in the metadata."""
    observation = with_flat(result.observation, flat)
    metadata = observation.get("metadata")
    if result.truncated and "truncated" not in observation:
        metadata = {**metadata_of(observation), "truncated": True}
        if isinstance(observation.get("metadata"), dict):
            observation = {**observation, "metadata": metadata}
    data = {"observation": observation, "reward": result.reward, "done": result.done}
    return {**data, "metadata": metadata} if isinstance(metadata, dict) and metadata else data


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
    kind = envelope.get("type", "")
    if not isinstance(kind, str) or kind not in _ENVELOPES:
        raise FrameError(UnknownMessageType(f"Unknown message type: {_shown(kind)}"))
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


def _shown(kind: Any) -> str:
    try:
        return str(kind)
    except RecursionError:  # lists in lists
        return type(kind).__name__


class _Body(msgspec.Struct):
    """What answers reset and step."""

    observation: dict[str, Any]
    reward: bool | int | float | None = None
    done: bool = False
    metadata: dict[str, Any] | None = None


class _Observed(msgspec.Struct, tag_field="type", tag="observation"):
    data: _Body


class _Stated(msgspec.Struct, tag_field="type", tag="state"):
    data: dict[str, Any]


class _Answered(msgspec.Struct, tag_field="type", tag="mcp"):
    data: dict[str, Any]


class _Failed(msgspec.Struct, tag_field="type", tag="error"):
    data: dict[str, Any]


_Envelopes = _Observed | _Stated | _Answered | _Failed

_parse_reply: Callable[[str], _Envelopes] = msgspec.json.Decoder(_Envelopes).decode


def _foreign_reply(message: str) -> _Envelopes:
    """A reply with what only Python's JSON has, such as NaN; ProtocolError when it is none."""
    try:
        reply: _Envelopes = msgspec.convert(json.loads(message), _Envelopes)
        return reply
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"the server's message is no v1 reply: {error}") from error


def _result(data: _Body, id: int) -> Result:
    observation = data.observation
    if data.metadata and "metadata" not in observation:
        observation["metadata"] = data.metadata
    truncated = metadata_of(observation).get("truncated") is True or bool(observation.get("truncated"))
    return Result(CHANNEL, id, observation, data.reward, data.done, truncated)


def _failure(data: dict[str, Any], id: int) -> Failure:
    details = {name: value for name, value in data.items() if name not in ("code", "message")}
    return Failure(CHANNEL, id, str(data.get("code", "")), str(data.get("message", "")), details)


def _parsed_by_python(message: str) -> Any:
    """Any JSON value. What the fast parser refuses is for Python's own to decide, as in the reference: it takes NaN,
    and its words say what is wrong."""
    try:
        return json.loads(message)
    except (ValueError, RecursionError) as error:
        raise FrameError(InvalidMessage(f"Invalid JSON: {error}")) from error


def _v1_details(failure: Failure) -> dict[str, Any]:
    """The fields that v1's errors carry; ``exception_type`` belongs to v2."""
    hidden = ("exception_type", "signal", "exit_status")
    return {name: value for name, value in failure.details.items() if name not in hidden}


_write = pydantic_core.SchemaSerializer(any_schema(), CoreConfig(ser_json_inf_nan="null")).to_json
"""The reference's text: NaN and infinity are null."""


def _reply_text(value: Any) -> str:
    """What the fast way does not know, such as an array, is asked for again."""
    try:
        return _write(value).decode()
    except pydantic_core.PydanticSerializationError:
        return _write(value, fallback=to_json).decode()


def _request_text(value: Any) -> str:
    """NaN and infinity as Python's JSON writes them, which servers of v1 read."""
    return pydantic_core.to_json(value, fallback=to_json, inf_nan_mode="constants").decode()
