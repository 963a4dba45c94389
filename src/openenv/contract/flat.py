"""Flat arrays: fields that protocol v1 has as one list of their elements, with the shape in another field."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from openenv.contract.arrays import ArraySpec, is_array
from openenv.contract.reports import validator_raised


def flat_arrays(hints: Mapping[str, Any]) -> dict[str, ArraySpec]:
    """Of the fields of a model, by name, those that lie flat. TypeError where the model lacks the field that an array's
    shape is to be in."""
    specs = {name: spec for name, hint in hints.items() if (spec := _spec_of(hint)) is not None and spec.shape_in}
    for name, spec in specs.items():
        if spec.shape_in not in hints:
            raise TypeError(f"the shape of {name} is to be in {spec.shape_in!r}, which is no field beside it")
    return specs


def shaped(fields: Any, flat: Mapping[str, ArraySpec]) -> Any:
    """A model's fields with each flat array in its shape; ValidationError where that does not fit the elements."""
    if type(fields) is not dict:
        if not isinstance(fields, Mapping):
            return fields
        fields = dict(fields)
    changed: dict[str, Any] = {}
    for name, spec in flat.items():
        value = fields.get(name)
        if not _is_flat(value):
            continue
        shape = fields.get(spec.shape_in or "")
        if isinstance(shape, (list, tuple)):
            try:
                changed[name] = _in_shape(spec.elements(value), tuple(shape))
            except (ValueError, TypeError) as error:
                raise validator_raised(error, location=[name]) from error
    return {**fields, **changed} if changed else fields


def flattened(fields: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """A model's fields with the arrays of these names flat."""
    return {name: value.ravel() if name in names and is_array(value) else value for name, value in fields.items()}


def _spec_of(hint: Any) -> ArraySpec | None:
    return next((mark for mark in _marks(hint) if isinstance(mark, ArraySpec)), None)


def _marks(hint: Any) -> Iterator[Any]:
    """What stands beside a type, also beside one that may be None."""
    if get_origin(hint) is Annotated:
        yield from hint.__metadata__
        yield from _marks(get_args(hint)[0])
    elif get_origin(hint) in (Union, UnionType):
        for member in get_args(hint):
            yield from _marks(member)


def _in_shape(elements: Any, shape: tuple[Any, ...]) -> Any:
    lengths = all(type(length) is int and length >= 0 for length in shape)
    if not lengths or math.prod(shape) != elements.size:
        raise ValueError(f"{elements.size} elements do not make an array of shape {shape}")
    return elements.reshape(shape)


def _is_flat(value: Any) -> bool:
    """An array of one dimension, or a list without lists in it."""
    dimensions = getattr(value, "ndim", None)
    if dimensions is not None:
        return dimensions == 1 and is_array(value)
    return isinstance(value, (list, tuple)) and not (value and isinstance(value[0], (list, tuple)))
