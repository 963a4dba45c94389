"""The contestants' programs: processes that run to their end, or are asked line by line. Every wait has a bound."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from benchmarks.interpreters import ROOT

START_TIMEOUT_S = 60.0
ANSWER_TIMEOUT_S = 30.0
_END_TIMEOUT_S = 5.0
_CLOCK_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class ContestantFailed(RuntimeError):
    """A contestant's program ended, failed or kept silent; the message has its last words."""


@dataclass(frozen=True)
class Run:
    """A program that has ended: the seconds that it took by the clock and of the processor, and what it printed."""

    wall_s: float
    cpu_s: float
    printed: str


def run(command: Sequence[str], *, timeout_s: float = START_TIMEOUT_S) -> Run:
    """Run a program to its end."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        used, began = _cpu_s_of_ended_children(), time.perf_counter()
        process = _start(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        try:
            in_time = _has_ended(process, timeout_s)
            wall_s = time.perf_counter() - began
        finally:
            _end(process)
        if not in_time:
            raise ContestantFailed(f"{_words(command)} did not end within {timeout_s:g} s:\n{_tail(err)}")
        if process.returncode != 0:
            raise ContestantFailed(f"{_words(command)} ended with status {process.returncode}:\n{_tail(err)}")
        out.seek(0)
        return Run(wall_s, _cpu_s_of_ended_children() - used, out.read().decode())


class Program:
    """A program that serves until its standard input ends, and answers each line that it is sent with one line."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the program)
        try:
            self._process = _start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors)
        except ContestantFailed:
            self._errors.close()
            raise
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._answers = self._process.stdin.fileno(), self._process.stdout.fileno()
        self._arrived = b""

    def ask(self, request: object, *, timeout_s: float = ANSWER_TIMEOUT_S) -> Any:
        """Send a value and wait for the answer, both as JSON."""
        try:
            os.write(self._requests, json.dumps(request).encode() + b"\n")
        except OSError:
            raise self._failure("ended") from None
        return json.loads(self.line(timeout_s))

    def line(self, timeout_s: float) -> str:
        """The next line that it prints."""
        deadline = time.monotonic() + timeout_s
        while b"\n" not in self._arrived:
            ready, _, _ = select.select([self._answers], [], [], max(0.0, deadline - time.monotonic()))
            data = os.read(self._answers, 65536) if ready else b""
            if not data:
                raise self._failure("ended" if ready else f"said nothing for {timeout_s:g} s")
            self._arrived += data
        line, _, self._arrived = self._arrived.partition(b"\n")
        return line.decode()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def terminate(self) -> None:
        """Ask it to end, for one that does not heed the end of its input."""
        self._process.terminate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        _has_ended(self._process, _END_TIMEOUT_S)
        _end(self._process)
        self._errors.close()

    def _failure(self, what: str) -> ContestantFailed:
        return ContestantFailed(f"{_words(self._command)} {what}:\n{_tail(self._errors)}")


def cpu_s_of(pid: int) -> float:
    """The processor's seconds that a process has used, all threads together (proc(5), in ticks of 10 ms)."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS_PER_S


def _start(command: Sequence[str], *, stdin: int, stdout: Any, stderr: Any) -> subprocess.Popen[bytes]:
    """In a session of its own, so that all of it can be ended, and free to write bytecode whatever our caller says.
    ContestantFailed when it is not installed."""
    unwanted = {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "VIRTUAL_ENV"}
    environment = {name: value for name, value in os.environ.items() if name not in unwanted}
    streams: dict[str, Any] = {"stdin": stdin, "stdout": stdout, "stderr": stderr, "bufsize": 0}
    try:
        return subprocess.Popen(command, env=environment, cwd=ROOT, start_new_session=True, **streams)
    except FileNotFoundError as error:
        installed = "scripts/set-up --with-reference --with-envpool installs what is measured"
        raise ContestantFailed(f"there is no {error.filename}; {installed}") from error


def _has_ended(process: subprocess.Popen[bytes], timeout_s: float) -> bool:
    """Wait on a pidfd: `Popen.wait` with a timeout looks only every so often, by up to 50 ms."""
    pidfd = os.pidfd_open(process.pid)
    try:
        return bool(select.select([pidfd], [], [], timeout_s)[0])
    finally:
        os.close(pidfd)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what is left of the program and of all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(_END_TIMEOUT_S)


def _cpu_s_of_ended_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _words(command: Sequence[str]) -> str:
    return " ".join(os.path.relpath(word, ROOT) if os.path.isabs(word) else word for word in command)


def _tail(errors: Any) -> str:
    errors.seek(0)
    lines = errors.read().decode(errors="replace").strip().splitlines()
    return "\n".join(lines[-10:]) or "(nothing on its standard error)"
