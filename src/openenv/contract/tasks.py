"""Tasks: the named splits of problems that an environment can be reset to."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class TaskProvider(Protocol):
    """An environment that lists its tasks. Indices count from 0 within a split; a task is any JSON value."""

    def list_splits(self) -> list[Any]:
        """The names of the splits, for example ``["train", "test"]``."""
        ...

    def list_tasks(self, split: str) -> list[Any]:
        """All tasks of a split, in order."""
        ...

    def num_tasks(self, split: str) -> int:
        """How many tasks the split has."""
        ...

    def get_task(self, split: str, index: int) -> Any:
        """One task; IndexError when there is none with that index."""
        ...

    def get_task_range(self, split: str, start: int | None = None, stop: int | None = None) -> list[Any]:
        """The tasks from ``start`` up to and without ``stop``, as a list's slice."""
        ...
