"""Snapshots: an environment's state as bytes, with the name and version that say who can read it."""

from __future__ import annotations

from typing import Any

import msgspec

from openenv.errors import ValidationError


class _Envelope(msgspec.Struct, frozen=True, array_like=True):
    name: str
    version: int
    data: bytes


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Envelope).decode


def take(environment: Any) -> bytes:
    """What ``restore`` takes. TypeError when the environment's ``snapshot`` returns something else than bytes."""
    data = environment.snapshot()
    if not isinstance(data, (bytes, bytearray, memoryview)):
        name = type(environment).__name__
        raise TypeError(f"{name}.snapshot returned {type(data).__name__}, not bytes")
    return _encode(_Envelope(*_identity(environment), bytes(data)))


def restore(environment: Any, snapshot: bytes) -> None:
    """Hand a snapshot to the environment. ValidationError when it is none, or of another class or version."""
    try:
        envelope = _decode(snapshot)
    except msgspec.MsgspecError as error:
        raise ValidationError(f"this is no snapshot: {error}") from error
    name, version = _identity(environment)
    if (envelope.name, envelope.version) != (name, version):
        raise ValidationError(
            f"the snapshot is of {envelope.name:.200}, version {envelope.version}; this is {name}, version {version}"
        )
    environment.restore(envelope.data)


def _identity(environment: Any) -> tuple[str, int]:
    name, version = type(environment).__qualname__, getattr(environment, "SNAPSHOT_VERSION", 1)
    if not isinstance(version, int):
        raise TypeError(f"{name}.SNAPSHOT_VERSION is {version!r}, not an integer")
    return name, version
