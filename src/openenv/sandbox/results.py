"""Results: what came of a piece of code or a command."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How it ended. After ``DIED`` the session has ended too, and ``reset`` begins another."""

    OK = "ok"
    ERROR = "error"
    """It raised, or it does not compile."""

    EXIT = "exit"
    """``sys.exit``, or a command's exit status other than 0."""

    TIMEOUT = "timeout"
    FLOOD = "flood"
    """It printed more than the limit and was interrupted."""

    DIED = "died"
    """The interpreter ended, by itself or because it did not stop."""


@dataclass(frozen=True)
class ExecResult:
    """What was printed is text, with ``\\\\xNN`` for bytes that are no UTF-8. ``exit_code`` is what a shell would show:
    124 after a timeout, 128 and more for a signal, whose name is ``signal``.

    ``alive`` says that the session goes on with its variables. ``oom``: it wanted more memory than it may have.
    ``truncated``: not all that it printed is here. ``tampered``: it wrote to the interpreter's own channel, and was
    ended. All but ``wall_ms``, and how the interpreter's process ended, the code may have forged.
    """

    status: Status
    stdout: str = ""
    stderr: str = ""
    exit_code: int = 0
    signal: str | None = None
    timed_out: bool = False
    oom: bool = False
    truncated: bool = False
    tampered: bool = False
    alive: bool = True
    wall_ms: float = 0.0

    @property
    def ok(self) -> bool:
        """It came to its end."""
        return self.status is Status.OK
