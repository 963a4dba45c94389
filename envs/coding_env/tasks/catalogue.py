"""The catalogue: the tasks that come with this environment, each a folder below ``data/<split>``."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

from coding_env.tasks.task import Split, Task

DATA = Path(__file__).with_name("data")


def tasks_of(split: str) -> tuple[Task, ...]:
    """In the order of their ids. ValueError when there is no such split."""
    return _read(Split(split))


def find_task(task_id: str) -> Task:
    """ValueError when there is none with that id."""
    for split in Split:
        for task in tasks_of(split):
            if task.id == task_id:
                return task
    raise ValueError(f"there is no task {task_id!r}; list_tasks says which there are")


def draw_task(split: str, seed: int | None) -> Task:
    """One of the split, the same for the same seed."""
    return random.Random(seed).choice(tasks_of(split))


@cache
def _read(split: Split) -> tuple[Task, ...]:
    return tuple(Task.read(folder, split=split) for folder in sorted((DATA / split).iterdir()) if folder.is_dir())
