"""Reports: what is wrong with the fields of a model, as the list of errors that pydantic made the common form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import pydantic
from pydantic_core import from_json

from openenv.errors import ValidationError

MAX_ECHOED_INPUT = 64 * 1024
"""Characters of a report; a longer one leaves out the values that were sent."""

MAX_ERRORS = 100
"""Errors in a report that leaves out values."""


def refused(error: pydantic.ValidationError) -> ValidationError:
    """What pydantic found, as JSON holds it; what a validator raised appears as its text."""
    return ValidationError(errors=_entries(error))


def validator_raised(error: Exception, *, location: Iterable[str] = ()) -> ValidationError:
    """A validator refused the value without saying more than a text."""
    return ValidationError(errors=[{"type": "value_error", "loc": list(location), "msg": _printable(str(error))}])


def refuse_unknown(data: Any, names: frozenset[str]) -> None:
    """ValidationError when a mapping has other keys than these; anything else passes."""
    if isinstance(data, Mapping) and (unknown := data.keys() - names):
        found = sorted(unknown, key=str)[:MAX_ERRORS]
        raise ValidationError(errors=[_unknown_field(_printable(str(name)), data[name]) for name in found])


def _entries(error: pydantic.ValidationError) -> list[dict[str, Any]]:
    try:
        text = error.json()
        if len(text) <= MAX_ECHOED_INPUT:
            return cast("list[dict[str, Any]]", from_json(text))
    except ValueError:  # the value that was sent, or its name, has no form in JSON
        pass
    entries = error.errors(include_input=False, include_context=False)[:MAX_ERRORS]
    return [_shortened(cast("dict[str, Any]", entry)) for entry in entries]


def _shortened(entry: dict[str, Any]) -> dict[str, Any]:
    location = [part if isinstance(part, int) else _printable(part) for part in entry["loc"]]
    return {**entry, "loc": location, "msg": _printable(entry["msg"])}


def _unknown_field(name: str, value: Any) -> dict[str, Any]:
    entry = {"type": "extra_forbidden", "loc": [name], "msg": "Extra inputs are not permitted"}
    if isinstance(value, str):
        return {**entry, "input": _printable(value)}
    return {**entry, "input": value if isinstance(value, (int, float, type(None))) else type(value).__name__}


def _printable(text: str) -> str:
    """The text as UTF-8 can hold it, and not more of it than a person reads."""
    return text[:1000].encode(errors="backslashreplace").decode()
