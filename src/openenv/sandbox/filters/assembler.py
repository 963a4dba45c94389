"""The assembler: rules about system calls become a classic BPF program, as seccomp(2) takes it."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

_INSTRUCTION = struct.Struct("<HBBI")  # struct sock_filter; the architectures here are little-endian

_LOAD, _EQUAL, _GREATER_EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_KILL_PROCESS, _ERRNO, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000


class Check(Enum):
    """When a rule holds, by what an argument is."""

    ANY_BIT_OF = "any bit of"
    ONE_OF = "one of"
    NONE_OF = "none of"


@dataclass(frozen=True)
class Condition:
    """Something about one argument, counted from 0: about its lower 32 bits, which are all of it where the kernel takes
    an int."""

    argument: int
    check: Check
    values: tuple[int, ...]


@dataclass(frozen=True)
class Rule:
    """A system call fails with an error number: always, or where the condition holds."""

    number: int
    error: int
    condition: Condition | None = None


def assemble(rules: Sequence[Rule], *, architecture: int, end: int, unknown: int) -> bytes:
    """The program. Calls of another architecture (AUDIT_ARCH) kill the process, numbers from ``end`` on fail with the
    error number ``unknown``, and what no rule names is allowed."""
    program = [
        _instruction(_LOAD, _ARCHITECTURE),
        _instruction(_EQUAL, architecture, if_true=1),
        _instruction(_RETURN, _KILL_PROCESS),
        _instruction(_LOAD, _NUMBER),
        _instruction(_GREATER_EQUAL, end, if_false=1),
        _instruction(_RETURN, _ERRNO | unknown),
    ]
    for rule in rules:
        block = [*_tests(rule.condition), _instruction(_RETURN, _ERRNO | rule.error)]
        if rule.condition is not None:
            block.append(_instruction(_LOAD, _NUMBER))
        program += [_instruction(_EQUAL, rule.number, if_false=len(block)), *block]
    return b"".join([*program, _instruction(_RETURN, _ALLOW)])


def _tests(condition: Condition | None) -> Iterator[bytes]:
    """Where it holds, these end at the instruction behind them, and else they leave that out."""
    if condition is None:
        return
    yield _instruction(_LOAD, _FIRST_ARGUMENT + 8 * condition.argument)
    last = len(condition.values) - 1
    for position, value in enumerate(condition.values):
        match condition.check:
            case Check.ANY_BIT_OF:
                yield _instruction(_ANY_BIT, value, if_true=last - position, if_false=int(position == last))
            case Check.ONE_OF:
                yield _instruction(_EQUAL, value, if_true=last - position, if_false=int(position == last))
            case Check.NONE_OF:
                yield _instruction(_EQUAL, value, if_true=last - position + 1)


def _instruction(code: int, operand: int, *, if_true: int = 0, if_false: int = 0) -> bytes:
    return _INSTRUCTION.pack(code, if_true, if_false, operand)
