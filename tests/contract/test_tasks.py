"""Which environments list their tasks."""

from typing import Any

import pytest

from openenv import Action, Environment, Observation, State
from openenv.contract.tasks import TaskProvider

METHODS = ["list_splits", "list_tasks", "num_tasks", "get_task", "get_task_range"]


class Plain(Environment[Action, Observation, State]):
    def reset(self, **options: Any) -> Observation:
        return Observation()

    def step(self, action: Action, **options: Any) -> Observation:
        return Observation()

    @property
    def state(self) -> State:
        return State()


def with_methods(names: list[str]) -> Any:
    return type("WithTasks", (Plain,), dict.fromkeys(names, lambda self, *arguments: None))()


def test_an_environment_with_all_five_methods_provides_tasks():
    assert isinstance(with_methods(METHODS), TaskProvider)


@pytest.mark.parametrize("missing", METHODS)
def test_an_environment_that_lacks_one_does_not(missing: str):
    assert not isinstance(with_methods([name for name in METHODS if name != missing]), TaskProvider)


def test_a_plain_environment_provides_no_tasks():
    assert not isinstance(Plain(), TaskProvider)
