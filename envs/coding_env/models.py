"""The code that runs and what it prints."""

from pydantic import field_validator

from openenv import Action, Observation, State


class CodeAction(Action):
    """Run Python code. Lone surrogates in it become escapes (``\\udc80``), which mean the same within a string."""

    code: str

    @field_validator("code")
    @classmethod
    def _to_unicode(cls, code: str) -> str:
        return code.encode("utf-8", "backslashreplace").decode()


class CodeObservation(Observation):
    """What the code printed, and how it ended: 0, or 1 for an exception, or the status that it left with."""

    stdout: str = ""
    stderr: str = ""
    exit_code: int = 0


class CodeState(State):
    """The episode and how the last step ended."""

    last_exit_code: int = 0
