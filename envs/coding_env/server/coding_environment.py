"""The coding environment."""

from __future__ import annotations

import copy
import os
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

from coding_env.models import CodeAction, CodeObservation, CodeState
from coding_env.server import words
from coding_env.server.jail import Files, Jail, Wanted, jail_for, plain
from coding_env.tasks import Split, Task, draw_task, find_task, tasks_of
from openenv import Environment
from openenv.contract.transforms import Transform
from openenv.errors import SessionCrashed, SessionLost, UnsupportedOperation
from openenv.sandbox import ExecResult, Level, Limits, Session, Status


class CodingEnvironment(Environment[CodeAction, CodeObservation, CodeState]):
    """Runs Python code and shell commands in a sandbox. Variables and files persist within an episode; each ``reset``
    begins a new session of the process's sandbox.

    An episode is free, and then has no reward and no end, or belongs to a task, and ends with an action that submits:
    its reward is 1.0 when the hidden tests pass, and else 0.0.

    ``timeout_s`` bounds each step that is given no time of its own. ``limits`` are those of ``openenv.sandbox.Limits``,
    ``level``, ``min_isolation`` and ``preload`` what ``Sandbox`` takes; level ``none`` runs the code unprotected.
    ``show_value`` prints the value of a last expression, as the interactive interpreter does.
    """

    SUPPORTS_CONCURRENT_SESSIONS = True
    SESSION_HOST = "thread"

    def __init__(
        self,
        *,
        timeout_s: float = 30.0,
        show_value: bool = False,
        limits: Mapping[str, Any] | None = None,
        level: str = "auto",
        min_isolation: str = "landlock",
        preload: tuple[str, ...] = (),
        transform: Transform[CodeObservation] | None = None,
    ) -> None:
        super().__init__(transform)
        if not timeout_s > 0:
            raise ValueError(f"timeout_s is {timeout_s!r}; it must be more than 0 seconds")
        for name in {level, min_isolation} - {"auto"}:
            Level(name)
        self._timeout_s = timeout_s
        self._show_value = show_value
        self._wanted = Wanted(Limits(**(limits or {})), level, min_isolation, tuple(preload))
        self._state = CodeState()
        self._task: Task | None = None
        self._session: Session | None = None
        self._is_gone = False
        self._owner = os.getpid()
        self._family = threading.Lock()  # of a session and its branches one is forked or ended at a time

    def reset(
        self,
        seed: int | None = None,
        episode_id: str | None = None,
        task_id: str | None = None,
        split: str | None = None,
        files: Files | None = None,
        **options: Any,
    ) -> CodeObservation:
        """A new session. ``seed`` fixes the module ``random`` (and numpy's where that is preloaded). ``task_id`` names
        the task, or ``split`` where it is drawn from; ``files`` are put into the workspace.

        What cannot be (an unknown task, a path that leads out) is raised, and the episode before goes on.
        """
        task = _chosen(task_id, split, seed)
        jail = jail_for(self._wanted)
        with _as_loss():
            if task is not None:
                jail.require_hidden(task.source)
            session = self._begin(jail, {**(task.files if task else {}), **(files or {})}, seed=seed)
            self.close()
        self._hold(session)
        self._task = task
        self._state = CodeState(
            episode_id=episode_id or str(uuid.uuid4()),
            task_id=task.id if task else None,
            isolation=plain(jail.isolation),
        )
        return self._observe(ExecResult(Status.OK, task.statement if task else ""))

    def step(self, action: CodeAction, timeout_s: float | None = None, **options: Any) -> CodeObservation:
        """Run the code, and grade what it has left where the action submits. Before the first ``reset`` this begins a
        free session; after its interpreter has ended it says so, until the next ``reset``.

        SessionCrashed when the sandbox has failed.
        """
        if self._state.is_submitted:
            return self._observe(words.is_over(), done=True)
        with _as_loss():
            session = self._session or self._begin_freely()
            result = self._run(session, action, self._timeout_s if timeout_s is None else timeout_s)
            grade = None
            if action.submit and self._task is not None:
                grade = self._task.grade(session)
            elif action.submit:
                result = words.without_task(result)
        self._is_gone = not result.alive
        self._state.step_count += 1
        self._state.last_exit_code = result.exit_code
        if grade is None:
            return self._observe(result)
        self._state.is_submitted = True
        return self._observe(result, done=True, reward=grade.reward, grade=grade.text)

    @property
    def state(self) -> CodeState:
        """The episode, how the last step ended, and what holds the code."""
        return self._state

    def close(self) -> None:
        """End the session and all that it has started."""
        session, self._session = self._session, None
        if session is not None and os.getpid() == self._owner:
            with self._family:
                session.close()

    def fork(self) -> Self:
        """A branch: the variables as they are, and as its working directory a copy of the workspace. Absolute paths
        into the original's directories lead nowhere in it. UnsupportedOperation while the session has threads or
        processes, or has ended."""
        (branch,) = self.fork_many(1)
        return branch

    def fork_many(self, count: int) -> list[Self]:
        """Branches of the same moment, see ``fork``."""
        if self._session is None:
            return [self._branch(None) for _ in range(count)]
        if self._is_gone:
            raise UnsupportedOperation("the interpreter has ended, and nothing can branch off from it")
        try:
            with self._family, _as_loss():
                return [self._branch(session) for session in self._session.fork(count)]
        except ValueError as error:  # more than the sandbox takes
            raise UnsupportedOperation(str(error)) from error

    def reseed(self, seed: int) -> None:
        """Other random numbers from now on."""
        if self._session is not None and not self._is_gone:
            with _as_loss():
                _seed(self._session, seed)

    def list_splits(self) -> list[str]:
        """The names of the splits."""
        return [str(split) for split in Split]

    def list_tasks(self, split: str) -> list[dict[str, Any]]:
        """The tasks of a split: what their agent may know."""
        return [task.public() for task in tasks_of(split)]

    def num_tasks(self, split: str) -> int:
        """How many tasks the split has."""
        return len(tasks_of(split))

    def get_task(self, split: str, index: int) -> dict[str, Any]:
        """One task; IndexError when there is none with that index."""
        if index < 0:
            raise IndexError(index)
        return tasks_of(split)[index].public()

    def get_task_range(self, split: str, start: int | None = None, stop: int | None = None) -> list[dict[str, Any]]:
        """The tasks from ``start`` up to and without ``stop``, as a list's slice."""
        return self.list_tasks(split)[start:stop]

    def _branch(self, session: Session | None) -> Self:
        branch = copy.copy(self)
        branch.transform = copy.deepcopy(self.transform)
        branch._state = self._state.model_copy(deep=True)
        branch._session = session
        return branch

    def _begin(self, jail: Jail, files: Files, *, seed: int | None) -> Session:
        session = jail.session(files)
        if seed is not None:
            try:
                _seed(session, seed)
            except BaseException:
                session.close()
                raise
        return session

    def _begin_freely(self) -> Session:
        jail = jail_for(self._wanted)
        session = self._begin(jail, {}, seed=None)
        self._hold(session)
        self._state.isolation = plain(jail.isolation)
        return session

    def _hold(self, session: Session) -> None:
        self._session, self._is_gone = session, False
        self._owner, self._family = os.getpid(), threading.Lock()

    def _run(self, session: Session, action: CodeAction, timeout_s: float) -> ExecResult:
        if action.submit and not action.code:
            return ExecResult(Status.OK, alive=not self._is_gone)
        if action.language == "bash":
            return session.shell(action.code, timeout_s)
        return session.exec(action.code, timeout_s, show_value=self._show_value)

    def _observe(
        self, result: ExecResult, *, done: bool = False, reward: float | None = None, grade: str | None = None
    ) -> CodeObservation:
        metadata = words.metadata(result, self._state)
        observation = CodeObservation(
            stdout=result.stdout,
            stderr=result.stderr,
            exit_code=result.exit_code,
            done=done,
            reward=reward,
            metadata=metadata if grade is None else {**metadata, "grade": grade},
        )
        return self._apply_transform(observation)


def _chosen(task_id: str | None, split: str | None, seed: int | None) -> Task | None:
    if task_id is not None:
        task = find_task(task_id)
        if split is not None and split != task.split:
            raise ValueError(f"task {task_id!r} is in the split {task.split!r}, not in {split!r}")
        return task
    return None if split is None else draw_task(split, seed)


def _seed(session: Session, seed: int) -> None:
    session.exec(words.SEEDING.format(seed=seed, small=seed % 2**32))


@contextmanager
def _as_loss() -> Iterator[None]:
    """What the sandbox loses reaches the client as a loss of the session."""
    try:
        yield
    except SessionCrashed:
        raise
    except SessionLost as lost:
        raise SessionCrashed(str(lost)) from lost
