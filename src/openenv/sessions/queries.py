"""Queries: what may be asked of an environment beside its episodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openenv.errors import InvalidTaskIndex, UnsupportedOperation
from openenv.sessions.metadata import load_environment_metadata

QUERIES = ("get_metadata", "list_splits", "list_tasks", "num_tasks", "get_task", "get_task_range")
"""All but the first are ``TaskProvider``'s."""

_BY_INDEX = ("get_task", "get_task_range")


def answer_query(environment: Any, name: str, arguments: Sequence[Any]) -> Any:
    """The answer. UnsupportedOperation where the environment has no such thing, InvalidTaskIndex for a task that there
    is not."""
    if name == "get_metadata":
        return load_environment_metadata(environment)
    method = getattr(environment, name, None) if name in QUERIES else None
    if method is None:
        raise UnsupportedOperation(f"{name} is not supported for this environment")
    try:
        return method(*arguments)
    except IndexError as error:
        if name not in _BY_INDEX:
            raise
        raise InvalidTaskIndex("Invalid task index") from error
