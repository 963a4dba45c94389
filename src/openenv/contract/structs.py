"""The model adapter of msgspec structs, with what msgspec does not know: arrays, and bytes that came as text."""

from __future__ import annotations

import datetime
import decimal
import json
import uuid
from collections.abc import Callable, Mapping
from functools import cached_property
from types import UnionType
from typing import Annotated, Any, Generic, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import msgspec

from openenv.contract.arrays import ArraySpec
from openenv.contract.caching import cached
from openenv.contract.flat import flat_arrays, shaped
from openenv.contract.reports import refuse_unknown, validator_raised

M = TypeVar("M")

Check = Callable[[Any], Any]
"""Turns a value that came over the wire into what msgspec takes for a field; ValueError says what is wrong."""

_TIMES = (datetime.datetime, datetime.date, datetime.time, datetime.timedelta)
_KEPT = (bytes, bytearray, memoryview, decimal.Decimal, uuid.UUID, *_TIMES)
"""What the codecs turn into text or bytes themselves."""


class StructAdapter(Generic[M]):
    """Fields are known by the names that the struct gives them on the wire."""

    def __init__(self, model: type[M]) -> None:
        config: msgspec.structs.StructConfig = cast("Any", model).__struct_config__
        if config.array_like:
            raise TypeError(f"{model.__name__} is array_like and so has no names for its fields; a model needs them")
        self.model = model
        self._names = _names(model)
        self.field_names = frozenset(self._names)
        self.declares_truncated = "truncated" in self.field_names
        self._checks = _checks(model)

    @cached_property
    def flat(self) -> Mapping[str, ArraySpec]:
        """The arrays that are flat lists in JSON, by field."""
        hints = get_type_hints(self.model, include_extras=True)
        return flat_arrays({encoded: hints[name] for encoded, name in self._names.items()})

    def validate(self, data: Any) -> M:
        """The struct; values are taken as msgspec's strict mode does."""
        refuse_unknown(data, self.field_names)
        if self.flat:
            data = shaped(data, self.flat)
        if isinstance(data, Mapping):
            data = {name: self._checked(name, value) for name, value in data.items()}
        try:
            return msgspec.convert(data, self.model, dec_hook=_keep, str_keys=True)
        except (ValueError, TypeError, RecursionError) as error:  # msgspec's own is a ValueError
            raise validator_raised(error) from error

    def dump(self, value: M) -> dict[str, Any]:
        """Nested structs are dicts; arrays, bytes and times are themselves."""
        return {name: _builtins(getattr(value, attribute)) for name, attribute in self._names.items()}

    def own(self, value: M) -> None:
        """Structs have no dict of them."""

    def json_schema(self) -> dict[str, Any]:
        """msgspec's; arrays say their dtype and shape where they are fields of this model."""
        schema = msgspec.json.schema(self.model, schema_hook=lambda _: {"type": "array"})
        described = schema.get("$defs", {}).get(self.model.__name__, {}).get("properties", {})
        hints = get_type_hints(self.model, include_extras=True)
        for name, attribute in self._names.items():
            if (spec := _array_spec(hints[attribute])) is not None:
                described[name] = spec.json_schema()
        return _inlined(schema)

    def _checked(self, name: str, value: Any) -> Any:
        check = self._checks.get(name)
        if check is None:
            return value
        try:
            return check(value)
        except (ValueError, TypeError, RecursionError) as error:
            raise validator_raised(error, location=[name]) from error


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with its title and properties on top, as pydantic's, instead of a reference to them."""
    definitions = schema.get("$defs", {})
    name = schema.get("$ref", "").removeprefix("#/$defs/")
    if name not in definitions:
        return schema
    inlined = dict(definitions[name])
    if f'"#/$defs/{name}"' not in json.dumps(definitions):  # it does not hold itself
        del definitions[name]
    return {**inlined, "$defs": definitions} if definitions else inlined


def _names(model: Any) -> dict[str, str]:
    """The names of a struct's fields on the wire, and in Python."""
    return dict(zip(model.__struct_encode_fields__, model.__struct_fields__, strict=True))


@cached
def _checks(model: type[Any]) -> dict[str, Check]:
    """The checks of a struct's fields, by their names on the wire; only of those that need one."""
    hints = get_type_hints(model, include_extras=True)
    names = _names(model)
    found = {encoded: _check_of(hints[name]) for encoded, name in names.items()}
    return {name: check for name, check in found.items() if check is not None}


def _check_of(hint: Any) -> Check | None:
    """The check of one type: of arrays, of bytes, and of what holds these."""
    if (spec := _array_spec(hint)) is not None:
        return spec.check
    if hint is bytes:
        return _bytes_of_text
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return lambda value: _check_fields(hint, value)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _check_of(arguments[0])
    if origin in (Union, UnionType):
        return _check_of_optional(arguments)
    inner = _check_of(arguments[-1]) if origin in (list, dict) else None
    return None if inner is None else lambda value: _check_items(inner, value)


def _check_of_optional(members: tuple[Any, ...]) -> Check | None:
    """Of ``X | None``. A union of more is left to msgspec."""
    checks = [_check_of(member) for member in members if member is not type(None)]
    if len(checks) != 1 or (check := checks[0]) is None:
        return None
    return lambda value: None if value is None else check(value)


def _check_fields(model: type[Any], value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    checks = _checks(model)
    return {name: checks[name](item) if name in checks else item for name, item in value.items()}


def _check_items(check: Check, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: check(item) for key, item in value.items()}
    return [check(item) for item in value] if isinstance(value, (list, tuple)) else value


def _array_spec(hint: Any) -> ArraySpec | None:
    marks = getattr(hint, "__metadata__", ())
    return next((mark for mark in marks if isinstance(mark, ArraySpec)), None)


def _bytes_of_text(value: Any) -> Any:
    """Protocol v1 sends bytes as the text that they encode; msgspec would take it for base64."""
    return value.encode() if isinstance(value, str) else value


def _keep(wanted: type[Any], value: Any) -> Any:
    """msgspec asks for types that it does not know: a value that is one already stays as it is."""
    if isinstance(value, wanted):
        return value
    raise ValueError(f"expected {wanted.__name__}, got {type(value).__name__}")


class _Foreign(Exception):
    """A value holds something that msgspec does not know."""


def _refuse(value: Any) -> Any:
    raise _Foreign


def _builtins(value: Any) -> Any:
    """As msgspec does it where it can; what it does not know, such as an array, stays as it is."""
    try:
        return msgspec.to_builtins(value, builtin_types=_KEPT, enc_hook=_refuse)
    except _Foreign:
        return _taken_apart(value)


def _taken_apart(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return {encoded: _builtins(getattr(value, name)) for encoded, name in _names(type(value)).items()}
    if isinstance(value, dict):
        return {key: _builtins(item) for key, item in value.items()}
    return [_builtins(item) for item in value] if isinstance(value, (list, tuple)) else value
