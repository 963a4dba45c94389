"""Sessions: one interpreter with its files, in the blocking and in the asynchronous colour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Self

from openenv.sandbox.core import Core
from openenv.sandbox.factory import Factory
from openenv.sandbox.files import MAX_READ, FileEntry, Files
from openenv.sandbox.grades import GradeResult
from openenv.sandbox.grading import Examination, grade
from openenv.sandbox.inside.messages import Task
from openenv.sandbox.isolation import Isolation
from openenv.sandbox.results import ExecResult
from openenv.sandbox.waiting import block, drive, suspend

DEFAULT_TIMEOUT_S = 30.0


class _Shared:
    """What needs no waiting. Files are reached from outside, so that the code has no say in it."""

    def __init__(self, factory: Factory, core: Core) -> None:
        self._factory = factory
        self._core = core

    @property
    def isolation(self) -> Isolation:
        """What is in force."""
        return self._factory.setting.isolation

    @property
    def workspace(self) -> str:
        """The path of the directory that the code works in, on the inside."""
        return self._core.workspace

    def write(self, path: str, data: bytes | str) -> None:
        """Write a file of the workspace, in place of what was there; directories above it are made. OSError when it
        cannot be, ValueError when the path leads out."""
        self._files().write(path, data)

    def read(self, path: str, *, max_bytes: int = MAX_READ) -> bytes:
        """The content of a regular file of the workspace; no link is followed. OSError when there is none, ValueError
        when it is larger than ``max_bytes`` or the path leads out."""
        return self._files().read(path, max_bytes=max_bytes)

    def list(self, path: str = ".") -> list[FileEntry]:
        """What is in a directory of the workspace, by name."""
        return self._files().list(path)

    def _kept(self, cores: Iterable[Core]) -> Iterator[Core]:
        for core in cores:
            self._factory.keep(core)
            yield core

    def _files(self) -> Files:
        self._core.require_usable()
        return Files(self._core.interpreter.workspace, owner=self.isolation.user_id)

    def write_all(self, files: Mapping[str, bytes | str]) -> None:
        """Several files, by path."""
        for path, data in files.items():
            self.write(path, data)


class Session(_Shared):
    """Runs pieces of code one after another in one namespace, and commands in its workspace; each method blocks.

    What the code does wrong is in the result. SessionLost means that the sandbox has failed, SessionError that the
    session is closed or in use.
    """

    def exec(self, code: str, timeout_s: float = DEFAULT_TIMEOUT_S, *, show_value: bool = False) -> ExecResult:
        """Run Python code. Over time it is interrupted, and ended with the session where that does not stop it.
        ``show_value`` prints the value of a last expression."""
        task = Task.PYTHON_SHOWN if show_value else Task.PYTHON
        return drive(self._core.run(block, task, code, timeout_s=timeout_s))

    def shell(self, command: str, timeout_s: float = DEFAULT_TIMEOUT_S) -> ExecResult:
        """Run a command with a shell, where the Python code is and with its environment variables."""
        return drive(self._core.run(block, Task.SHELL, command, timeout_s=timeout_s))

    def fork(self, count: int, *, reseed: bool = False) -> list[Session]:
        """Sessions that go on from where this one is, which stays as it is. UnsupportedOperation while it has threads
        or other processes. ``reseed`` gives each random numbers of its own."""
        cores = drive(self._core.fork(block, count, reseed=reseed))
        return [Session(self._factory, core) for core in self._kept(cores)]

    def reset(self, files: Mapping[str, bytes | str] | None = None) -> None:
        """End it, with its variables and files, and begin another in its place."""
        core = drive(self._factory.take(block))
        drive(self._core.end(block))
        self._core = core
        self.write_all(files or {})

    def grade(
        self, tests: str, files: Iterable[str] = (), *, timeout_s: float = 60.0, call_timeout_s: float = 10.0
    ) -> GradeResult:
        """What tests say about files (or directories) of the workspace, as they are now; this session stays as it is.

        ``tests`` is Python: functions ``test_…`` that take a ``Solution`` (``openenv.sandbox.inside.examining``) and
        ask it with ``call``, ``exec``, ``shell`` and ``read``. They run in a fresh session, what they ask for in
        another one for each test. ValueError when they cannot be loaded.
        """
        examination = Examination(tests, files, timeout_s, call_timeout_s)
        return drive(grade(block, self._factory, self._core, examination))

    def close(self) -> None:
        """End it and all that it has started; when this returns nothing is left. Once more does nothing."""
        drive(self._core.end(block))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncSession(_Shared):
    """As ``Session``, and each method that runs something lets the event loop go on."""

    async def exec(self, code: str, timeout_s: float = DEFAULT_TIMEOUT_S, *, show_value: bool = False) -> ExecResult:
        """Run Python code, see ``Session.exec``."""
        task = Task.PYTHON_SHOWN if show_value else Task.PYTHON
        return await self._core.run(suspend, task, code, timeout_s=timeout_s)

    async def shell(self, command: str, timeout_s: float = DEFAULT_TIMEOUT_S) -> ExecResult:
        """Run a command, see ``Session.shell``."""
        return await self._core.run(suspend, Task.SHELL, command, timeout_s=timeout_s)

    async def fork(self, count: int, *, reseed: bool = False) -> list[AsyncSession]:
        """Branches, see ``Session.fork``."""
        cores = await self._core.fork(suspend, count, reseed=reseed)
        return [AsyncSession(self._factory, core) for core in self._kept(cores)]

    async def reset(self, files: Mapping[str, bytes | str] | None = None) -> None:
        """Begin another in its place, see ``Session.reset``."""
        core = await self._factory.take(suspend)
        await self._core.end(suspend)
        self._core = core
        self.write_all(files or {})

    async def grade(
        self, tests: str, files: Iterable[str] = (), *, timeout_s: float = 60.0, call_timeout_s: float = 10.0
    ) -> GradeResult:
        """What tests say about files of the workspace, see ``Session.grade``."""
        examination = Examination(tests, files, timeout_s, call_timeout_s)
        return await grade(suspend, self._factory, self._core, examination)

    async def close(self) -> None:
        """End it, see ``Session.close``."""
        await self._core.end(suspend)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
