"""Model adapters: pydantic models, dataclasses, msgspec structs and plain mappings behind one small interface."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import Any, Generic, Protocol, TypeVar, cast, get_type_hints

import msgspec
import pydantic
from pydantic import BaseModel, TypeAdapter

from openenv.contract.arrays import ArraySpec
from openenv.errors import ValidationError

M = TypeVar("M")

MAX_ECHOED_INPUT = 64 * 1024
"""Bytes of a validation error's report; a longer one leaves out the values that were sent."""


class ModelAdapter(Protocol[M]):
    """How one model type is made from a mapping, turned into one, and described."""

    model: type[M]
    field_names: frozenset[str]

    def validate(self, data: Any) -> M:
        """A model from a mapping of its fields; ``openenv.errors.ValidationError`` lists what is wrong."""
        ...

    def dump(self, value: M) -> dict[str, Any]:
        """The fields as a new dict of builtins and arrays."""
        ...

    def json_schema(self) -> dict[str, Any]:
        """The model's JSON schema."""
        ...

    def declares(self, name: str) -> bool:
        """The model itself has the field, not only the base class that openenv gives it."""
        ...


@cache
def adapter_of(model: type[M]) -> ModelAdapter[M]:
    """The adapter of a model type; TypeError when it is none of the supported kinds."""
    kinds: list[tuple[bool, Any]] = [
        (model is dict, _MappingAdapter),
        (isinstance(model, type) and issubclass(model, BaseModel), _PydanticAdapter),
        (isinstance(model, type) and issubclass(model, msgspec.Struct), _StructAdapter),
        (dataclasses.is_dataclass(model), _DataclassAdapter),
    ]
    for matches, kind in kinds:
        if matches:
            return cast("ModelAdapter[M]", kind(model))
    raise TypeError(f"{model!r} is no model: use a pydantic model, a dataclass or a msgspec struct")


def is_model(value: Any) -> bool:
    """The value is an instance of one of the supported kinds of models."""
    return isinstance(value, (BaseModel, msgspec.Struct)) or dataclasses.is_dataclass(value)


class _PydanticAdapter(Generic[M]):
    def __init__(self, model: type[M]) -> None:
        self.model = model
        self._model = cast("type[BaseModel]", model)
        self.field_names = frozenset(self._model.model_fields)

    def validate(self, data: Any) -> M:
        try:
            return cast("M", self._model.model_validate(data))
        except pydantic.ValidationError as error:
            raise ValidationError(errors=_report(error)) from error
        except (ValueError, TypeError, RecursionError) as error:  # a validator of the author's own
            raise _validator_raised(error) from error

    def dump(self, value: M) -> dict[str, Any]:
        return cast("BaseModel", value).model_dump()

    def json_schema(self) -> dict[str, Any]:
        return self._model.model_json_schema()

    def declares(self, name: str) -> bool:
        bases = (base for base in self.model.__mro__ if not base.__module__.startswith(("openenv.", "pydantic.")))
        return any(name in base.__dict__.get("__annotations__", {}) for base in bases)


class _DataclassAdapter(Generic[M]):
    """Through pydantic, which knows dataclasses; unknown fields are refused as for ``Action``."""

    def __init__(self, model: type[M]) -> None:
        self.model = model
        self.field_names = frozenset(field.name for field in dataclasses.fields(cast("Any", model)))
        self._adapter: TypeAdapter[M] = TypeAdapter(model)

    def validate(self, data: Any) -> M:
        if isinstance(data, Mapping) and (unknown := data.keys() - self.field_names):
            raise ValidationError(errors=[_unknown_field(name, data[name]) for name in sorted(unknown, key=str)])
        try:
            return self._adapter.validate_python(data)
        except pydantic.ValidationError as error:
            raise ValidationError(errors=_report(error)) from error
        except (ValueError, TypeError, RecursionError) as error:
            raise _validator_raised(error) from error

    def dump(self, value: M) -> dict[str, Any]:
        return cast("dict[str, Any]", self._adapter.dump_python(value))

    def json_schema(self) -> dict[str, Any]:
        return self._adapter.json_schema()

    def declares(self, name: str) -> bool:
        return name in self.field_names


class _StructAdapter(Generic[M]):
    def __init__(self, model: type[M]) -> None:
        self.model = model
        self.field_names = frozenset(cast("Any", model).__struct_fields__)
        self._arrays = _array_fields(model)

    def validate(self, data: Any) -> M:
        if isinstance(data, Mapping) and (unknown := data.keys() - self.field_names):
            raise ValidationError(errors=[_unknown_field(name, data[name]) for name in sorted(unknown, key=str)])
        try:
            fields = {**data, **self._checked(data)} if self._arrays else data
            return msgspec.convert(fields, self.model, dec_hook=_keep)
        except (msgspec.ValidationError, ValueError, TypeError, RecursionError) as error:
            raise _validator_raised(error) from error

    def dump(self, value: M) -> dict[str, Any]:
        fields = cast("Any", value).__struct_fields__
        return {name: _builtins(getattr(value, name)) for name in fields}

    def json_schema(self) -> dict[str, Any]:
        schema = msgspec.json.schema(self.model, schema_hook=lambda _: {"type": "array"})
        described = schema.get("$defs", {}).get(self.model.__name__, {}).get("properties", {})
        described.update({name: spec.json_schema() for name, spec in self._arrays.items()})
        return schema

    def declares(self, name: str) -> bool:
        return name in self.field_names

    def _checked(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {name: spec.check(data[name]) for name, spec in self._arrays.items() if name in data}


class _MappingAdapter:
    """No model: dicts in, dicts out, for the generic client."""

    model = dict
    field_names: frozenset[str] = frozenset()

    def __init__(self, model: type[dict[str, Any]]) -> None:
        pass

    def validate(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            raise ValidationError(errors=[{"type": "dict_type", "loc": [], "msg": "Input should be a mapping"}])
        return dict(data)

    def dump(self, value: Any) -> dict[str, Any]:
        return adapter_of(type(value)).dump(value) if is_model(value) else self.validate(value)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "object"}

    def declares(self, name: str) -> bool:
        return False


def _report(error: pydantic.ValidationError) -> list[dict[str, Any]]:
    """pydantic's error list as JSON holds it; what a validator raised appears as its text."""
    text = error.json()
    if len(text) > MAX_ECHOED_INPUT:
        text = error.json(include_input=False)
    return cast("list[dict[str, Any]]", msgspec.json.decode(text))


def _validator_raised(error: Exception) -> ValidationError:
    return ValidationError(errors=[{"type": "value_error", "loc": [], "msg": str(error)}])


def _unknown_field(name: Any, value: Any) -> dict[str, Any]:
    found = value if isinstance(value, (str, int, float, bool, type(None))) else type(value).__name__
    return {"type": "extra_forbidden", "loc": [name], "msg": "Extra inputs are not permitted", "input": found}


def _array_fields(model: type[Any]) -> dict[str, ArraySpec]:
    hints = get_type_hints(model, include_extras=True)
    found = {name: getattr(hint, "__metadata__", ()) for name, hint in hints.items()}
    return {name: spec for name, marks in found.items() for spec in marks if isinstance(spec, ArraySpec)}


def _keep(wanted: type[Any], value: Any) -> Any:
    """msgspec asks for types that it does not know: a value that is one already stays as it is."""
    if isinstance(value, wanted):
        return value
    raise ValueError(f"expected {wanted.__name__}, got {type(value).__name__}")


def _builtins(value: Any) -> Any:
    return msgspec.to_builtins(value, enc_hook=lambda unknown: unknown, builtin_types=(bytes, bytearray, memoryview))
