"""Programming tasks with hidden tests, in three splits."""

from coding_env.tasks.catalogue import draw_task, find_task, tasks_of
from coding_env.tasks.task import Grade, Split, Task

__all__ = ["Grade", "Split", "Task", "draw_task", "find_task", "tasks_of"]
