"""Forking a live session: the keeper copies its files, it copies itself, and the keeper is told which processes those
copies are."""

from __future__ import annotations

import errno
import json
import os
import secrets
from typing import TYPE_CHECKING

from openenv.errors import SessionLost, UnsupportedOperation
from openenv.sandbox.endpoints import InnerEnds, connected
from openenv.sandbox.inside import messages
from openenv.sandbox.inside.branching import MAX_BRANCHES
from openenv.sandbox.inside.messages import REQUEST, TOKEN_SIZE, Outcome, Task
from openenv.sandbox.interpreter import Interpreter
from openenv.sandbox.waiting import Wait

if TYPE_CHECKING:
    from openenv.sandbox.core import Core

_OTHERS = 2
"""Processes of a session beside the original and its branches: the keeper, and the one that makes branches."""

_WITHIN_S = 30.0
_REASONS = {errno.EAGAIN: "it would have more processes than it may"}


async def fork(original: Core, wait: Wait, count: int, *, reseed: bool) -> list[Core]:
    """``count`` branches, or none at all and an error."""
    if not 1 <= count <= MAX_BRANCHES:
        raise ValueError(f"a session is forked into 1 to {MAX_BRANCHES} branches at once, and not into {count}")
    most = original.limits.processes
    if original.family is not None and original.family.members + count + _OTHERS > most:
        raise UnsupportedOperation(
            f"the session cannot be forked: with all branches it would have more than {most} processes"
        )
    branches: list[Interpreter] = []
    inner_ends: list[InnerEnds] = []
    try:
        try:
            for _ in range(count):
                ours, inner = connected()
                inner_ends.append(inner)
                branches.append(Interpreter(ours, output_bytes=original.limits.output_kb << 10))
        except OSError as error:
            raise UnsupportedOperation(f"the session cannot be forked: {error}") from error
        for inner in inner_ends:
            original.interpreter.command(messages.COPY, fds=[inner.control.fileno()])
        for branch in branches:
            await _place(branch, wait)
        await _copy_process(original, branches, inner_ends, wait, reseed=reseed)
        for inner in inner_ends:
            inner.close()
        inner_ends.clear()
        for branch in branches:
            await _adopt(branch, wait)
    except BaseException:
        for branch in branches:
            branch.close()
        raise
    finally:
        for inner in inner_ends:
            inner.close()
    return [original.branch(branch) for branch in branches]


async def _place(branch: Interpreter, wait: Wait) -> None:
    """Until the files are copied."""
    await branch.until(
        wait, lambda: branch.workspace >= 0 or branch.failure is not None or branch.is_over, within_s=_WITHIN_S
    )
    if branch.failure is not None:
        number, reason = branch.failure
        what = "cannot be forked while" if number == messages.BUSY else "cannot be forked:"
        raise UnsupportedOperation(f"the session {what} {reason}")
    if branch.workspace < 0:
        raise SessionLost("the session could not be forked: its keeper does not answer")


async def _copy_process(
    original: Core, branches: list[Interpreter], inner_ends: list[InnerEnds], wait: Wait, *, reseed: bool
) -> None:
    it, token = original.interpreter, secrets.token_bytes(TOKEN_SIZE)
    body = json.dumps({"bases": [branch.base for branch in branches], "reseeds": reseed}).encode()
    fds = [fd for inner in inner_ends for fd in inner.of_interpreter]
    it.request(REQUEST.pack(token, Task.FORK, len(body)), body, fds=fds)
    await it.until(wait, lambda: it.has_answer or it.is_over, within_s=_WITHIN_S)
    answer = it.take_answer(token)
    if answer is None:
        it.command(messages.END)  # what it still does would be taken for an answer to something else
        raise SessionLost("the session could not be forked: it does not answer")
    if answer[0] != Outcome.OK:
        raise UnsupportedOperation(f"the session cannot be forked: {_REASONS.get(answer[1]) or os.strerror(answer[1])}")


async def _adopt(branch: Interpreter, wait: Wait) -> None:
    """Until it has begun, and its keeper knows it."""
    begun = await branch.until(
        wait, lambda: branch.take_ready() or branch.is_over or branch.has_hung_up, within_s=_WITHIN_S
    )
    if begun and branch.ready_pid is not None:
        branch.command(messages.ADOPT, branch.ready_pid)
        await branch.until(wait, lambda: branch.adopted is not None or branch.is_over, within_s=_WITHIN_S)
    if not branch.adopted:
        raise UnsupportedOperation("the session could not be forked: a branch has ended while it was made")
