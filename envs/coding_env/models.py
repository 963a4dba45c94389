"""The code that runs and what comes of it."""

from typing import Any, Literal

from pydantic import Field, field_validator

from openenv import Action, Observation, State


class CodeAction(Action):
    """Run Python code, or a command of the shell; then, with ``submit``, hand the task's solution in. Lone surrogates
    in the code become escapes (``\\udc80``), which mean the same within a string."""

    code: str = Field(description="Python source, or what a shell is to run.")
    language: Literal["python", "bash"] = "python"
    submit: bool = Field(default=False, description="Grade the solution after this code, and end the episode.")

    @field_validator("code")
    @classmethod
    def _to_unicode(cls, code: str) -> str:
        return code.encode("utf-8", "backslashreplace").decode()


class CodeObservation(Observation):
    """What the code printed, and how it ended: 0, or 1 for an exception, or the status that it left with.

    ``stdout`` after a ``reset`` to a task is the task's statement. ``metadata`` says more: see the README.
    """

    stdout: str = ""
    stderr: str = ""
    exit_code: int = 0


class CodeState(State):
    """The episode and how the last step ended. ``isolation`` is what holds the code, and None before there is any;
    ``task_id`` is None where the code is free."""

    last_exit_code: int = 0
    task_id: str | None = None
    is_submitted: bool = False
    isolation: dict[str, Any] | None = None
