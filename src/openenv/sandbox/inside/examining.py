"""Examining: the tests of a grade, in a session of their own that never runs what they examine.

A test takes one argument, the `Solution`, and what it asks of that is done in another session, whose answers come as
JSON. The supervisor carries both, one exchange at a time: a test runs in a thread, which waits while its request is
out.
"""

from __future__ import annotations

import json
import queue
import threading
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REQUEST_FILE = ".request"
_SOURCE = "<tests>"


class SolutionFailed(Exception):
    """The solution raised, ended, took too long, or answered with what is no JSON."""


@dataclass(frozen=True)
class Printed:
    """What came of code or of a command."""

    stdout: str
    stderr: str
    exit_code: int
    status: str


class Solution:
    """What is examined. None of its code runs in this process."""

    def __init__(self, ask: Any, files: dict[str, str]) -> None:
        self._ask = ask
        self._files = files

    def call(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        """Call ``module.function``, or a function that ``exec`` has made, with arguments that are JSON; its result,
        which is made of None, bool, int, float, str, list and dict. SolutionFailed when there is none."""
        reply = self._ask({"do": "call", "name": name, "args": args, "kwargs": kwargs})
        if reply["status"] != "ok" or reply["value"] is None:
            raise SolutionFailed(f"{name}: {reply['status']}\n{reply['stderr'][-2000:]}")
        try:
            return json.loads(reply["value"])
        except (ValueError, RecursionError) as error:
            raise SolutionFailed(f"{name}: its result is no JSON") from error

    def exec(self, code: str) -> Printed:
        """Run Python code there, in one namespace for the whole of a test."""
        return self._printed({"do": "exec", "code": code})

    def shell(self, command: str) -> Printed:
        """Run a command where the copied files are."""
        return self._printed({"do": "shell", "command": command})

    def read(self, path: str) -> bytes:
        """A file that was copied out of the graded session. FileNotFoundError when there is none."""
        if path not in self._files:
            raise FileNotFoundError(f"{path} was not copied")
        return bytes.fromhex(self._files[path])

    def _printed(self, request: dict[str, str]) -> Printed:
        reply = self._ask(request)
        return Printed(reply["stdout"], reply["stderr"], reply["exit_code"], reply["status"])


class Examination:
    """All tests of one source, which is compiled and run at once."""

    def __init__(self, source: str, files: dict[str, str]) -> None:
        self._namespace: dict[str, Any] = {"__name__": "tests", "SolutionFailed": SolutionFailed}
        self._requests: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._replies: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._solution = Solution(self._ask, files)
        exec(compile(source, _SOURCE, "exec", dont_inherit=True), self._namespace)
        tests = [name for name, value in self._namespace.items() if name.startswith("test_") and callable(value)]
        _leave({"tests": tests})

    def begin(self, name: str) -> None:
        """Start a test, and go on until it asks something or ends."""
        threading.Thread(target=self._run, args=(name,), daemon=True).start()
        _leave(self._requests.get())

    def go_on(self, reply: str) -> None:
        """Hand the test what it asked for, and go on until it asks again or ends."""
        self._replies.put(json.loads(reply))
        _leave(self._requests.get())

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        json.dumps(request)  # an argument that is no JSON is the test's mistake, and raises there
        self._requests.put(request)
        return self._replies.get()

    def _run(self, name: str) -> None:
        message = ""
        passed = False
        try:
            self._namespace[name](self._solution)
            passed = True
        except BaseException as error:  # a test that leaves in whatever way has failed
            message = "".join(traceback.format_exception(error))[-4000:]
        self._requests.put({"do": "end", "passed": passed, "message": message})


def _leave(request: dict[str, Any]) -> None:
    """For the supervisor, in a file: what the tests print is not in its way."""
    Path(REQUEST_FILE).write_text(json.dumps(request), encoding="utf-8")
