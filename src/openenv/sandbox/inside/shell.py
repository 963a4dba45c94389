"""Shell commands: each a process group of its own, started with functions that were taken before any code ran."""

from __future__ import annotations

import builtins
import os
from os import _exit as exit_now
from os import killpg, posix_spawn, waitpid, waitstatus_to_exitcode, write

from openenv.sandbox.inside.messages import Outcome
from openenv.settings import child_environment

_SHELL = next((path for path in ("/bin/bash", "/bin/sh") if os.path.exists(path)), "/bin/sh")
_KILL, _INTERRUPT, _FILE_SIZE, _PIPE = 9, 2, 25, 13
_NOT_STARTED, _INTERRUPTED = 126, 130

globals()["__builtins__"] = dict(vars(builtins))


def run_shell(command: bytes) -> tuple[int, int]:
    """How it ended, and its exit status, 128 and more for a signal. An interruption ends it and what it started in its
    group."""
    words: list[str | bytes] = [_SHELL, "-c", command]
    defaults = (_INTERRUPT, _FILE_SIZE, _PIPE)
    try:
        pid = posix_spawn(_SHELL, words, child_environment({}), setpgroup=0, setsigdef=defaults, setsigmask=())
    except (OSError, ValueError) as error:  # it is longer than the kernel takes, holds a null byte, or there is no room
        write(2, f"{_SHELL}: {error}\n".encode())
        return Outcome.EXITED, _NOT_STARTED
    try:
        _, ended = waitpid(pid, 0)
    except KeyboardInterrupt:
        try:
            killpg(pid, _KILL)
        except PermissionError:  # no signal leaves this process, see the filters: its keeper ends the command
            exit_now(1)
        waitpid(pid, 0)
        return Outcome.EXITED, _INTERRUPTED
    status = waitstatus_to_exitcode(ended)
    return (Outcome.EXITED if status else Outcome.OK), status if status >= 0 else 128 - status
