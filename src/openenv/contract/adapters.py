"""Model adapters: pydantic models, dataclasses, msgspec structs and plain mappings behind one small interface."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar, cast, get_type_hints

import msgspec
import pydantic
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from openenv.contract.arrays import ArraySpec
from openenv.contract.caching import cached
from openenv.contract.flat import flat_arrays, shaped
from openenv.contract.models import Action, Observation, State
from openenv.contract.plain import own_fields, plain_fields, serializer_of
from openenv.contract.reports import refuse_unknown, refused, validator_raised
from openenv.contract.structs import StructAdapter
from openenv.errors import ValidationError

M = TypeVar("M")


class ModelAdapter(Protocol[M]):
    """How one model type is made from a mapping, turned into one, and described."""

    model: type[M]
    field_names: frozenset[str]
    declares_truncated: bool
    """The model itself has a field ``truncated``, not only the base class that openenv gives it."""

    @property
    def flat(self) -> Mapping[str, ArraySpec]:
        """The arrays that are flat lists in JSON, by field."""
        ...

    def validate(self, data: Any) -> M:
        """A model from a mapping of its fields; ``openenv.errors.ValidationError`` lists what is wrong."""
        ...

    def dump(self, value: M) -> dict[str, Any]:
        """The fields as a new dict; models within are dicts, arrays, bytes and times are themselves."""
        ...

    def own(self, value: M) -> dict[str, Any] | None:
        """The model's own fields, for who reads them at once, and neither changes nor keeps them; None where they are
        not as ``dump`` has them, or would be given to code of the author's."""
        ...

    def json_schema(self) -> dict[str, Any]:
        """The model's JSON schema."""
        ...


@cached
def adapter_of(model: type[M]) -> ModelAdapter[M]:
    """The adapter of a model type; TypeError when it is none of the supported kinds."""
    return cast("ModelAdapter[M]", _kind_of(model)(model))


def is_model(value: Any) -> bool:
    """The value is an instance of one of the supported kinds of models."""
    if isinstance(value, type):
        return False
    return isinstance(value, (BaseModel, msgspec.Struct)) or dataclasses.is_dataclass(value)


def _kind_of(model: Any) -> Any:
    if model is dict:
        return _MappingAdapter
    if isinstance(model, type) and issubclass(model, BaseModel):
        return _PydanticAdapter
    if isinstance(model, type) and issubclass(model, msgspec.Struct):
        return StructAdapter
    if isinstance(model, type) and dataclasses.is_dataclass(model):
        return _DataclassAdapter
    raise TypeError(f"{model!r} is no model: use a pydantic model, a dataclass or a msgspec struct")


class _PydanticAdapter(Generic[M]):
    """Fields are known by their names in Python, as the reference sends them, whatever aliases they have."""

    def __init__(self, model: type[M]) -> None:
        self.model = model
        self._model = cast("type[BaseModel]", model)
        fields = self._model.model_fields
        self.field_names = frozenset(fields)
        self.declares_truncated = any("truncated" in inspect.get_annotations(base) for base in _own_bases(model))
        self._aliases = {name: alias for name, field in fields.items() if (alias := _alias(field, self._model))}
        self._computed = frozenset(self._model.model_computed_fields)

    @cached_property
    def flat(self) -> Mapping[str, ArraySpec]:
        return flat_arrays({name: field.rebuild_annotation() for name, field in self._model.model_fields.items()})

    @cached_property
    def validate(self) -> Callable[[Any], M]:
        """Made at the first use, since a model may name types that are made after it. A function that has at hand what
        it needs, since it is called in every step."""
        check: Callable[[Any], M] = self._model.__pydantic_validator__.validate_python
        flat, renames = self.flat, bool(self._aliases or self._computed)

        def validate(data: Any) -> M:
            for name in flat:
                if type(data) is not dict or getattr(data.get(name), "ndim", 1) == 1:  # as few arrays are
                    data = shaped(data, flat)
                    break
            if renames and isinstance(data, Mapping):
                data = self._renamed(data)
            try:
                return check(data)
            except pydantic.ValidationError as error:
                raise refused(error) from error
            except (ValueError, TypeError, RecursionError) as error:  # a validator of the author's own
                raise validator_raised(error) from error

        return validate

    @cached_property
    def dump(self) -> Callable[[M], dict[str, Any]]:
        """Chosen at the first use, since a model may name types that are made after it."""
        if self._model.model_dump is not BaseModel.model_dump:
            return functools.partial(self._model.model_dump, warnings=False)
        plain = plain_fields(self._model)
        return serializer_of(self._model) if plain is None else plain.dump

    @cached_property
    def own(self) -> Callable[[M], dict[str, Any] | None]:
        return own_fields(self._model) or (lambda value: None)

    def json_schema(self) -> dict[str, Any]:
        return self._model.model_json_schema(schema_generator=_Schema)

    def _renamed(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {self._aliases.get(name, name): data[name] for name in data if name not in self._computed}


class _DataclassAdapter(Generic[M]):
    """Through pydantic, which knows dataclasses; unknown fields are refused as for ``Action``."""

    def __init__(self, model: type[M]) -> None:
        self.model = model
        self.field_names = frozenset(field.name for field in dataclasses.fields(cast("Any", model)))
        self.declares_truncated = "truncated" in self.field_names
        self._adapter: TypeAdapter[M] = TypeAdapter(model)

    @cached_property
    def flat(self) -> Mapping[str, ArraySpec]:
        try:
            return flat_arrays(get_type_hints(self.model, include_extras=True))
        except NameError:  # it names what only the function knows in which it stands
            return {}

    def validate(self, data: Any) -> M:
        refuse_unknown(data, self.field_names)
        if self.flat:
            data = shaped(data, self.flat)
        try:
            return self._adapter.validate_python(data)
        except pydantic.ValidationError as error:
            raise refused(error) from error
        except (ValueError, TypeError, RecursionError) as error:
            raise validator_raised(error) from error

    def dump(self, value: M) -> dict[str, Any]:
        return cast("dict[str, Any]", self._adapter.dump_python(value, warnings=False))

    def own(self, value: Any) -> None:
        return None

    def json_schema(self) -> dict[str, Any]:
        return self._adapter.json_schema(schema_generator=_Schema)


class _MappingAdapter:
    """No model: dicts in, dicts out, for the generic client."""

    model = dict
    field_names: frozenset[str] = frozenset()
    declares_truncated = False
    flat: Mapping[str, ArraySpec] = {}

    def __init__(self, model: type[dict[str, Any]]) -> None:
        pass

    def validate(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            raise ValidationError(errors=[{"type": "dict_type", "loc": [], "msg": "Input should be a mapping"}])
        return dict(data)

    def dump(self, value: Any) -> dict[str, Any]:
        return adapter_of(type(value)).dump(value) if is_model(value) else self.validate(value)

    def own(self, value: Any) -> None:
        return None

    def json_schema(self) -> dict[str, Any]:
        return {"type": "object"}


class _Schema(GenerateJsonSchema):
    """Fields of types that JSON Schema cannot say, such as an array of any kind, may be anything."""

    def handle_invalid_for_json_schema(self, schema: core_schema.CoreSchema, error_info: str) -> JsonSchemaValue:
        return {}


def _own_bases(model: type[Any]) -> list[type[Any]]:
    """The classes that make a model, without those that every model has."""
    return [base for base in model.__mro__ if base not in (Action, Observation, State, BaseModel, object)]


def _alias(field: pydantic.fields.FieldInfo, model: type[BaseModel]) -> str | None:
    """The only name by which pydantic takes the field, where that is another than its own."""
    by_name = model.model_config.get("populate_by_name") or model.model_config.get("validate_by_name")
    alias = field.validation_alias
    return alias if isinstance(alias, str) and not by_name else None
