"""What travels between the supervisor and the programs inside, in structures of fixed size: little to parse, and
nothing to believe."""

from __future__ import annotations

import enum
import struct

TOKEN_SIZE = 16

REQUEST = struct.Struct(">16sBQ")
"""To the interpreter: a token, what to do, and the length of what follows."""

ANSWER = struct.Struct(">16sBi")
"""From the interpreter: the request's token, how it ended, and a number."""

READY = bytes(TOKEN_SIZE)
"""The token of the answer to no request: the interpreter, or a branch, has begun. The number is its process id."""


class Task(enum.IntEnum):
    """What an interpreter is asked for."""

    PYTHON = 1
    PYTHON_SHOWN = 2
    """Python, with the value of a last expression printed, as the interactive interpreter does."""
    SHELL = 3
    FORK = 4
    NOTHING = 5
    """An answer alone, which says that it lives."""


class Outcome(enum.IntEnum):
    """How it ended; the number is an exit status."""

    OK = 0
    RAISED = 1
    EXITED = 2
    OUT_OF_MEMORY = 3


COMMAND = struct.Struct(">ci")
"""To the keeper, on the socket of the interpreter that it is about: a letter, and a process id."""

INTERRUPT, END, ADOPT, COPY, GO = b"I", b"E", b"A", b"C", b"G"
"""COPY is about a new branch of this one; the socket of that travels beside it."""

REPORT = struct.Struct(">ci")
"""From the keeper and the zygote: a letter and a number; then perhaps text."""

MADE = b"M"
"""The zygote has made the keeper, whose pidfd travels beside this."""

PLACE = b"P"
"""An interpreter's directories are there: the path of what holds them, as text, and beside it its workspace."""

FAILED = b"F"
"""Something was not possible; why, as text."""

BUSY = 1
"""The number of a failure that is due to what the session does."""

ADOPTED = b"A"
"""The number is the branch's process id; 0 says that there is no such branch."""

ENDED = b"X"
"""The interpreter has ended; the number is its return code, negative for a signal."""

MAX_REPORT = 4096
