"""Flat JSON: a dict from paths to leaves."""

from typing import Any


def flatten(value: Any) -> dict[str, Any]:
    """The leaves of a value, by their paths."""
    raise NotImplementedError


def unflatten(flat: dict[str, Any]) -> Any:
    """The value with these leaves."""
    raise NotImplementedError
