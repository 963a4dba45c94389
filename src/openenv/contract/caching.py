"""Caching: ``functools.cache`` for functions of types, with the function's own signature for type checkers."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


def cached(function: F) -> F:
    """The function, called once for each argument; what it raises is not kept."""
    return cast("F", functools.cache(function))
