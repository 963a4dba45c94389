"""Grading: tests in one fresh session, what they examine in others, and nothing between them but calls and JSON.

No process that has run the graded code has a say in what is answered: it can neither reach the tests' process nor learn
what they expect. Both are made after the model's last action, from the zygote that it has never touched.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from openenv.sandbox.copied_files import CopiedFiles, copy_out
from openenv.sandbox.core import Core
from openenv.sandbox.factory import Factory
from openenv.sandbox.files import Files
from openenv.sandbox.grades import GradeResult, Verdict
from openenv.sandbox.inside.answering import ANSWER_FILE
from openenv.sandbox.inside.examining import REQUEST_FILE
from openenv.sandbox.inside.messages import Task
from openenv.sandbox.results import ExecResult, Status
from openenv.sandbox.waiting import Wait

_MAX_ANSWER = 1 << 20
_BEGIN = "from openenv.sandbox.inside.examining import Examination\nexamination = Examination({!r}, {!r})"
_ANSWER = "__import__('openenv.sandbox.inside.answering', fromlist=['answer']).answer({!r})"
_NOT_RUN = "it was not run: the time was over, or a test before it ended the tests"


class _Ended(Exception):
    """The tests' process cannot go on."""


@dataclass(frozen=True)
class Examination:
    """Tests, the files that they are about, and how long all of it and each call may take."""

    tests: str
    files: Iterable[str]
    timeout_s: float
    call_timeout_s: float


async def grade(wait: Wait, factory: Factory, core: Core, examination: Examination, /) -> GradeResult:
    """ValueError when the tests cannot be loaded, or there are none; SessionLost when the sandbox has failed."""
    core.require_usable()
    copied = copy_out(_files_of(factory, core), examination.files)
    examiner = await factory.take(wait)
    try:
        return await _Grading(wait, factory, examiner, copied, examination).run(examination.tests)
    finally:
        await examiner.end(wait)


def _files_of(factory: Factory, core: Core) -> Files:
    return Files(core.interpreter.workspace, owner=factory.setting.isolation.user_id)


class _Grading:
    def __init__(
        self, wait: Wait, factory: Factory, examiner: Core, copied: CopiedFiles, examination: Examination
    ) -> None:
        self._wait = wait
        self._factory = factory
        self._examiner = examiner
        self._copied = copied
        self._deadline = time.monotonic() + examination.timeout_s
        self._call_timeout_s = examination.call_timeout_s
        self._run = ExecResult(Status.OK)

    async def run(self, tests: str) -> GradeResult:
        copies = {path: data.hex() for path, data in self._copied.taken.items()}
        try:
            names: list[str] = (await self._examine(_BEGIN.format(tests, copies)))["tests"]
        except _Ended as error:
            raise ValueError(f"the tests cannot be loaded: {self._run.stderr}") from error
        if not names:
            raise ValueError("there are no tests: none of the functions has a name that begins with test_")
        verdicts = {name: Verdict(name, False, _NOT_RUN) for name in names}
        try:
            for name in names:
                verdicts[name] = await self._test(name)
        except _Ended:
            pass
        return GradeResult(tuple(verdicts.values()), self._copied.refused, self._run)

    async def _test(self, name: str) -> Verdict:
        """With a session of its own for what is examined, made when it is first asked."""
        candidate: Core | None = None
        try:
            request = await self._examine(f"examination.begin({name!r})")
            while request["do"] != "end":
                candidate = candidate or await self._candidate()
                reply = await self._ask(candidate, request)
                request = await self._examine(f"examination.go_on({json.dumps(reply)!r})")
            return Verdict(name, request["passed"] is True, request["message"])
        finally:
            if candidate is not None:
                await candidate.end(self._wait)

    async def _examine(self, code: str) -> dict[str, Any]:
        result = await self._examiner.run(self._wait, Task.PYTHON, code, timeout_s=self._left_s())
        self._run = _joined(self._run, result)
        if not result.ok:
            raise _Ended
        request: dict[str, Any] = json.loads(_files_of(self._factory, self._examiner).read(REQUEST_FILE))
        return request

    async def _candidate(self) -> Core:
        core = await self._factory.take(self._wait)
        files = _files_of(self._factory, core)
        try:
            for path, data in self._copied.taken.items():
                files.write(path, data)
        except BaseException:
            await core.end(self._wait)
            raise
        return core

    async def _ask(self, candidate: Core, request: dict[str, Any]) -> dict[str, Any]:
        """What comes of it. None of it is believed: it goes to the tests as it is."""
        task, source = _asked(request)
        seconds = min(self._call_timeout_s, self._left_s())
        result = await candidate.run(self._wait, task, source, timeout_s=seconds)
        return {
            "status": str(result.status),
            "stdout": result.stdout,
            "stderr": result.stderr,
            "exit_code": result.exit_code,
            "value": self._value(candidate) if request["do"] == "call" and result.ok else None,
        }

    def _value(self, candidate: Core) -> str | None:
        try:
            data = _files_of(self._factory, candidate).read(ANSWER_FILE, max_bytes=_MAX_ANSWER)
            return data.decode("utf-8")
        except (OSError, ValueError):
            return None

    def _left_s(self) -> float:
        return max(0.0, self._deadline - time.monotonic())


def _asked(request: dict[str, Any]) -> tuple[Task, str]:
    if request["do"] == "shell":
        return Task.SHELL, request["command"]
    if request["do"] == "exec":
        return Task.PYTHON, request["code"]
    return Task.PYTHON, _ANSWER.format(json.dumps(request))


def _joined(before: ExecResult, after: ExecResult) -> ExecResult:
    return replace(
        after,
        stdout=before.stdout + after.stdout,
        stderr=before.stderr + after.stderr,
        truncated=before.truncated or after.truncated,
        wall_ms=before.wall_ms + after.wall_ms,
    )
