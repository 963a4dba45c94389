"""The interpreter as a plain child process: what it may touch is all that this process's user may touch."""

import os
import secrets
import sys
import weakref
from pathlib import Path

from coding_env.server.child_process import ChildProcess
from coding_env.server.conversation import Conversation, Event
from coding_env.server.interpreter import RunResult
from coding_env.server.interpreter_program import READY, REQUEST
from coding_env.server.workspace import Workspace
from openenv.processes.child import describe_end

TIMED_OUT = 124
"""The exit code of code that took too long, as of timeout(1)."""

_PROGRAM = Path(__file__).with_name("interpreter_program.py")
_GONE = "its variables are gone and reset starts a new one"
_START_S = 30.0
_INTERRUPT_GRACE_S = 0.4
_MAX_TIMEOUT_S = 1e6
_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"


class ChildInterpreter:
    """Its process inherits nothing from this one's environment. It starts while the caller goes on."""

    isolation = "none"

    def __init__(self, *, seed: int | None = None, show_value: bool = False, max_output_bytes: int = 64 * 1024) -> None:
        self._max_output_bytes = max_output_bytes
        self._ready = False
        self._alive = True
        workspace = Workspace()
        try:
            words = ("1" if show_value else "0", "" if seed is None else str(seed))
            command = [sys.executable, "-P", str(_PROGRAM), *words]
            self._process = ChildProcess(command, cwd=workspace.home, env=_environment(workspace, seed))
        except BaseException:
            workspace.remove()
            raise
        self._finalizer = weakref.finalize(self, _finish, self._process, workspace, owner=os.getpid())

    def run(self, code: str, *, timeout_s: float) -> RunResult:
        """Run the code. When the time is over it is interrupted; where it does not stop, the interpreter ends.

        RuntimeError when the interpreter does not start.
        """
        if not self._alive:
            return RunResult("", f"[the interpreter has ended; {_GONE}]\n", exit_code=1, alive=False)
        self._alive = False  # until it answers: after a call that was broken off nothing is known of it
        try:
            self._start_up()
            return self._converse(code.encode(), min(max(0.0, timeout_s), _MAX_TIMEOUT_S))
        finally:
            if not self._alive:
                self._process.end()

    def close(self) -> None:
        """End the process and its group; remove the directory."""
        self._alive = False
        self._finalizer()

    def _start_up(self) -> None:
        if self._ready:
            return
        with self._conversation(b"", READY) as talk:
            self._ready = talk.wait(_START_S) is Event.ANSWERED
            if not self._ready:
                how, _, _ = describe_end(self._process.end())
                talk.collect_rest()
                raise RuntimeError(f"the interpreter did not start; it {how}\n{talk.stderr.text()}")

    def _converse(self, source: bytes, granted_s: float) -> RunResult:
        token = secrets.token_bytes(len(READY))
        with self._conversation(REQUEST.pack(token, len(source)) + source, token) as talk:
            late = talk.wait(granted_s) is Event.LATE
            if late:
                self._interrupt(talk)
            self._alive = talk.status is not None
            return self._result(talk, granted_s if late else None)

    def _interrupt(self, talk: Conversation) -> None:
        """Twice, since the first may come before the code has begun, or be caught."""
        for _ in range(2):
            self._process.interrupt()
            if talk.wait(_INTERRUPT_GRACE_S / 2) is not Event.LATE:
                break

    def _conversation(self, request: bytes, token: bytes) -> Conversation:
        return Conversation(self._process, request, token=token, max_output_bytes=self._max_output_bytes)

    def _result(self, talk: Conversation, exceeded_s: float | None) -> RunResult:
        ended = None if self._alive else self._process.end()
        talk.collect_rest()
        status = talk.status if ended is None else (128 - ended if ended < 0 else ended)
        note = _note(talk, ended, exceeded_s)
        stderr = talk.stderr.text()
        if note and stderr and not stderr.endswith("\n"):
            stderr += "\n"
        return RunResult(
            stdout=talk.stdout.text(),
            stderr=stderr + note,
            exit_code=TIMED_OUT if exceeded_s is not None else status or 0,
            alive=self._alive,
            timed_out=exceeded_s is not None,
        )


def _note(talk: Conversation, ended: int | None, exceeded_s: float | None) -> str:
    """What the agent is told beside what its code printed."""
    if ended is None:
        return "" if exceeded_s is None else f"[interrupted after {exceeded_s:g} s; its variables are kept]\n"
    if exceeded_s is not None:
        return f"[the code ran longer than {exceeded_s:g} s and the interpreter was ended; {_GONE}]\n"
    if talk.forged:
        return f"[the code wrote to the interpreter's channel and the interpreter was ended; {_GONE}]\n"
    return f"[the interpreter {describe_end(ended)[0]}; {_GONE}]\n"


def _environment(workspace: Workspace, seed: int | None) -> dict[str, str]:
    """All of the process's environment variables: what programs need, and nothing that somebody might want to keep."""
    variables = {
        "HOME": str(workspace.home),
        "LANG": "C.UTF-8",
        "OPENBLAS_NUM_THREADS": "1",
        "PATH": f"{os.path.dirname(sys.executable)}:{_SYSTEM_PATH}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "PYTHONUTF8": "1",
        "TMPDIR": str(workspace.tmp),
    }
    return variables if seed is None else variables | {"PYTHONHASHSEED": str(seed % 2**32)}


def _finish(process: ChildProcess, workspace: Workspace, *, owner: int) -> None:
    if os.getpid() == owner:  # not in a copy that was forked from it
        process.close()
        workspace.remove()
