"""Plain models: those whose fields are what they are dumped as, so that dumping is no more than copying."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from pydantic import BaseModel

from openenv.contract.arrays import ARRAY
from openenv.contract.caching import cached

_SCALARS = frozenset(("bool", "int", "float", "str", "bytes", "none", "literal"))
_CONTAINERS = (list, dict)
_MODEL_VALIDATORS = ("function-before", "function-after", "function-wrap")


@dataclass(frozen=True)
class PlainFields:
    """How many fields a pydantic model has, and which of them hold containers; the others are scalars and arrays. What
    pydantic makes its serializer of (the core schema) says so."""

    count: int
    lists: tuple[str, ...]
    """Lists of scalars."""
    nested: tuple[str, ...]
    """Containers of anything, or none."""
    serialize: Callable[[Any], dict[str, Any]]
    """What dumps a value that is not plain."""
    is_revised: bool
    """Code of the author's own, a validator or an ``__init__``, is given them all when a model is made."""

    @classmethod
    def of(cls, model: type[BaseModel]) -> Self | None:
        """None where pydantic has to dump: for another kind of field, further fields, or a serializer of the author's
        own."""
        outermost: Mapping[str, Any] = model.__pydantic_core_schema__
        schema = outermost
        while schema["type"] in _MODEL_VALIDATORS and "serialization" not in schema:
            schema = schema["schema"]
        if schema["type"] != "model" or schema.get("root_model") or "serialization" in schema:
            return None
        inner = schema["schema"]
        if inner["type"] != "model-fields" or inner.get("computed_fields") or "serialization" in inner:
            return None
        if "allow" in (schema.get("config", {}).get("extra_fields_behavior"), inner.get("extra_behavior")):
            return None
        kinds = {name: _kind(field) for name, field in inner["fields"].items()}
        if None in kinds.values():
            return None
        is_revised = schema is not outermost or bool(schema.get("custom_init"))
        lists, nested = (tuple(name for name in kinds if kinds[name] == kind) for kind in ("list", "nested"))
        return cls(len(kinds), lists, nested, serializer_of(model), is_revised)

    def own(self, value: Any) -> dict[str, Any] | None:
        """The model's own fields. None where pydantic has to dump it: what holds something in its containers, has
        something beside the fields (a property that is cached) or lacks one of them."""
        fields: dict[str, Any] = value.__dict__
        if len(fields) != self.count:
            return None
        try:
            for name in self.lists:
                if type(fields[name]) is not list:
                    return None
            for name in self.nested:
                kept = fields[name]
                if kept is not None and (kept.__class__ not in _CONTAINERS or kept):
                    return None
        except KeyError:  # something else is there in its place
            return None
        return fields

    def dump(self, value: Any) -> dict[str, Any]:
        """The fields, with containers of their own."""
        own = self.own(value)
        if own is None:
            return self.serialize(value)
        fields = own.copy()
        for name in self.lists:
            fields[name] = fields[name].copy()
        for name in self.nested:
            if fields[name] is not None:
                fields[name] = fields[name].copy()
        return fields


@cached
def plain_fields(model: type[Any]) -> PlainFields | None:
    """Those of a model that is plain; None for any other class."""
    if not issubclass(model, BaseModel) or model.model_dump is not BaseModel.model_dump:
        return None
    return PlainFields.of(model)


@cached
def own_fields(model: type[Any]) -> Callable[[Any], dict[str, Any] | None] | None:
    """What gives the fields of such a model where they are, for who reads them at once and keeps none. None where they
    always have to be dumped: they are not plain, or who makes a model of them is the author's own code."""
    plain = plain_fields(model)
    return None if plain is None or plain.is_revised else plain.own


def copied(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields in containers of their own, as a model's own ones are before who reads them may change them."""
    return {name: value.copy() if value.__class__ in _CONTAINERS else value for name, value in fields.items()}


def serializer_of(model: type[BaseModel]) -> Callable[[Any], dict[str, Any]]:
    """Pydantic's own dump: models within are dicts, and a value of the wrong type is kept, without a warning."""
    return functools.partial(model.__pydantic_serializer__.to_python, warnings=False)


def _kind(field: Mapping[str, Any]) -> str | None:
    """``scalar``, ``list`` or ``nested``; None for what pydantic has to dump."""
    if field.keys() & {"serialization_alias", "serialization_exclude", "serialization_exclude_if"}:
        return None
    return _kind_of_value(field["schema"])


def _kind_of_value(schema: Mapping[str, Any]) -> str | None:
    kind = schema["type"]
    if "serialization" in schema:
        return None
    if kind == "default":
        return _kind_of_value(schema["schema"])
    if kind == "nullable":
        inner = _kind_of_value(schema["schema"])
        return "nested" if inner == "list" else inner
    if kind == "union":
        choices = {_kind_of_value(choice) for choice in schema["choices"] if not isinstance(choice, tuple)}
        return "scalar" if choices == {"scalar"} else None
    if kind == "list":
        return "list" if _kind_of_value(schema.get("items_schema", {"type": "any"})) == "scalar" else "nested"
    if kind == "dict":
        return "nested"
    return "scalar" if kind in _SCALARS or _is_array(schema) else None


def _is_array(schema: Mapping[str, Any]) -> bool:
    return schema["type"] == "function-plain" and ARRAY in schema.get("metadata", ())
