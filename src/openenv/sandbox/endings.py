"""Endings: how an interpreter ended, in numbers and in words."""

from __future__ import annotations

from contextlib import suppress
from signal import Signals

from openenv.sandbox.results import ExecResult, Status

_BEGIN = "its variables are gone, and a reset begins another"


def how_it_ended(returncode: int) -> tuple[int, str | None]:
    """The exit code that a shell would show, and the name of the signal."""
    if returncode >= 0:
        return returncode, None
    with suppress(ValueError):
        return 128 - returncode, Signals(-returncode).name
    return 128 - returncode, f"signal {-returncode}"


def note(
    status: Status, *, alive: bool, tampered: bool, timeout_s: float, how: tuple[int, str | None], reason: str
) -> str:
    """What is said beside what the code printed. ``reason`` is the keeper's, or empty."""
    if tampered:
        return f"[the code wrote to the interpreter's channel and the session was ended; {_BEGIN}]\n"
    if status is Status.TIMEOUT:
        what = f"the code ran longer than {timeout_s:g} s"
    elif status is Status.FLOOD:
        what = "the code printed too much"
    elif alive:
        return ""
    else:
        ended = f"was ended by {how[1]}" if how[1] else f"ended with exit status {how[0]}"
        return f"[the interpreter {ended}{reason and f': {reason}'}; {_BEGIN}]\n"
    return f"[{what} and was interrupted]\n" if alive else f"[{what} and the session was ended; {_BEGIN}]\n"


def after(result: ExecResult) -> ExecResult:
    """What is answered from then on."""
    text = f"[the session has ended; {_BEGIN}]\n"
    return ExecResult(Status.DIED, "", text, result.exit_code, result.signal, alive=False)
