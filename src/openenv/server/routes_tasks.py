"""The tasks of an environment: which splits it has, and what is in them."""

from __future__ import annotations

from typing import Any

from fastapi import HTTPException, Response

from openenv.errors import ExecutionError
from openenv.server.answers import json_answer
from openenv.server.messages import GetTaskRangeRequest, GetTaskRequest, ListTasksRequest, NumTasksRequest
from openenv.server.questions import Questions
from openenv.server.routes import Route

_TAG = "Tasks"
_SPLIT_TYPES = ("train", "validation", "test")


class TaskRoutes:
    """The server has one environment; a request names it all the same, in upper or lower case."""

    def __init__(self, env_name: str, questions: Questions) -> None:
        self._env_name = env_name
        self._questions = questions

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("GET", "/list_environments", self.list_environments, _TAG),
            Route("GET", "/{env_name}/splits", self.splits, _TAG),
            Route("POST", "/{env_name}/tasks", self.tasks, _TAG),
            Route("POST", "/{env_name}/num_tasks", self.num_tasks, _TAG),
            Route("POST", "/{env_name}/task", self.task, _TAG),
            Route("POST", "/{env_name}/task_range", self.task_range, _TAG),
        ]

    async def list_environments(self) -> Response:
        """The names of the server's environments."""
        return json_answer([self._env_name])

    async def splits(self, env_name: str) -> Response:
        """The splits: each with a name, and whether it is for training, validation or testing."""
        splits = await self._ask(env_name, "list_splits")
        if not isinstance(splits, list):
            raise ExecutionError(f"list_splits returned {type(splits).__name__}, not a list")
        return json_answer([split if isinstance(split, dict) else _split(str(split)) for split in splits])

    async def tasks(self, env_name: str, request: ListTasksRequest) -> Response:
        """All tasks of a split, in order."""
        tasks = await self._ask(env_name, "list_tasks", request.split)
        return json_answer({"tasks": tasks, "env_name": self._env_name})

    async def num_tasks(self, env_name: str, request: NumTasksRequest) -> Response:
        """How many tasks a split has."""
        return json_answer({"num_tasks": await self._ask(env_name, "num_tasks", request.split)})

    async def task(self, env_name: str, request: GetTaskRequest) -> Response:
        """One task."""
        return json_answer({"task": await self._ask(env_name, "get_task", request.split, request.index)})

    async def task_range(self, env_name: str, request: GetTaskRangeRequest) -> Response:
        """The tasks from ``start`` up to and without ``stop``."""
        tasks = await self._ask(env_name, "get_task_range", request.split, request.start, request.stop)
        return json_answer({"tasks": tasks})

    async def _ask(self, env_name: str, question: str, *arguments: Any) -> Any:
        if env_name.lower() != self._env_name.lower():
            raise HTTPException(404, f"unknown environment {env_name!r}")
        return await self._questions.ask(question, *arguments)


def _split(name: str) -> dict[str, str]:
    return {"name": name, "type": name if name in _SPLIT_TYPES else "validation"}
