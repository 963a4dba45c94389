"""The core of a session: what it does, in coroutines that wait in either colour. One call at a time."""

from __future__ import annotations

import os
import secrets
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from openenv.errors import OpenEnvError, SessionError, SessionLost
from openenv.sandbox.cgroups import Group, pid_of
from openenv.sandbox.endings import after, how_it_ended, note
from openenv.sandbox.family import Family
from openenv.sandbox.forking import fork
from openenv.sandbox.inside import messages
from openenv.sandbox.inside.messages import REQUEST, TOKEN_SIZE, Outcome, Task
from openenv.sandbox.inside.plan import JAILED, Place
from openenv.sandbox.interpreter import Interpreter
from openenv.sandbox.limits import Limits
from openenv.sandbox.results import ExecResult, Status
from openenv.sandbox.waiting import Wait

TIMED_OUT = 124
"""The exit code of what took too long, as of timeout(1)."""

_BEGUN_WITHIN_S = 30.0
_ENDED_WITHIN_S = 5.0
_MAX_TIMEOUT_S = 1e6
_STATUS = {Outcome.OK: Status.OK, Outcome.EXITED: Status.EXIT}


@dataclass(eq=False)
class Core:
    """A live interpreter. Before ``begin`` it has only been ordered."""

    interpreter: Interpreter
    limits: Limits
    has_namespaces: bool
    on_end: Callable[[], None]
    owner: int = field(default_factory=os.getpid)
    family: Family | None = None
    group: Group | None = None
    """Into which its keeper is put before anything of it runs."""

    _end: ExecResult | None = field(default=None, init=False)
    """How its interpreter died, through the code's own doing."""

    _is_closed: bool = field(default=False, init=False)
    _is_busy: bool = field(default=False, init=False)
    _is_lost: bool = field(default=False, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)  # protects busy and closed, so that one
    # thread hangs up: the call that is under way, or whoever closes when there is none

    @property
    def workspace(self) -> str:
        """The path of the directory that the code works in, on the inside."""
        base = self.interpreter.base
        return JAILED.workspace if base == JAILED.base else Place.under(base).workspace

    def __post_init__(self) -> None:
        weakref.finalize(self, self.interpreter.close).atexit = False  # its keeper then ends it

    @property
    def has_begun(self) -> bool:
        """It can be asked."""
        return self.interpreter.ready_pid is not None

    async def begin(self, wait: Wait) -> None:
        """Until it can be asked. SessionLost when it cannot be made."""
        it = self.interpreter
        if self.group is not None:
            await it.until(
                wait, lambda: it.keeper >= 0 or it.failure is not None or it.is_over, within_s=_BEGUN_WITHIN_S
            )
            with suppress(OSError):  # it then waits in vain, and the session cannot be made
                self.group.attach(pid_of(it.keeper))
                it.command(messages.GO)
        begun = await it.until(
            wait,
            lambda: (it.take_ready() and it.workspace >= 0 and it.keeper >= 0) or it.failure is not None or it.is_over,
            within_s=_BEGUN_WITHIN_S,
        )
        if it.keeper >= 0 and self.family is None:
            self.family = Family(it.take_keeper(), has_namespaces=self.has_namespaces, on_end=self.on_end)
        if not begun or it.ready_pid is None or self.family is None or it.workspace < 0:
            error = self._loss("the session could not be made")
            await self.end(wait)
            raise error

    async def require_alive(self, wait: Wait) -> None:
        """SessionLost when it has ended since it has begun, which may not be known yet."""
        result = await self.run(wait, Task.NOTHING, "", timeout_s=_ENDED_WITHIN_S)
        if not result.alive:
            raise self._loss("the session has ended before anybody asked for it")

    async def run(self, wait: Wait, task: Task, source: str, *, timeout_s: float) -> ExecResult:
        """The code or command, and what came of it. SessionLost when the sandbox has failed."""
        body = str.encode(source, "utf-8", "backslashreplace")  # what is no text is refused before anything is sent
        timeout_s = min(max(0.0, timeout_s), _MAX_TIMEOUT_S)
        if self._end is not None:
            return self._end
        with self._one_call():
            return await self._run(wait, task, body, timeout_s)

    @contextmanager
    def _one_call(self) -> Iterator[None]:
        """A call that is broken off ends the session: nothing is known of what the code does."""
        with self._lock:
            self._require_free()
            self._is_busy = True
        try:
            yield
        except (OpenEnvError, ValueError):  # said of what it found or was given
            raise
        except BaseException:
            self._abandon()
            raise
        finally:
            with self._lock:
                self._is_busy, hangs_up = False, self._is_closed
            if hangs_up:
                self.interpreter.close()

    async def _run(self, wait: Wait, task: Task, body: bytes, timeout_s: float) -> ExecResult:
        it, limits = self.interpreter, self.limits
        token, began = secrets.token_bytes(TOKEN_SIZE), time.monotonic()
        it.renew_output()
        it.request(REQUEST.pack(token, task, len(body)), body)
        flood = limits.flood_mb << 20
        reached = await it.until(wait, lambda: it.has_answer or it.is_over or it.printed > flood, within_s=timeout_s)
        stopped = None if it.has_answer or it.is_over else (Status.FLOOD if reached else Status.TIMEOUT)
        if stopped is not None:
            await self._interrupt(wait)
        answer = it.take_answer(token)
        if answer is None:
            await self._die(wait)
        it.collect_rest()
        result = self._result(answer, stopped, timeout_s, (time.monotonic() - began) * 1000)
        if not result.alive:
            self._end = after(result)
        return result

    async def _interrupt(self, wait: Wait) -> None:
        """Twice, since the first may come before the code has begun, or be caught."""
        it = self.interpreter
        for _ in range(2):
            it.command(messages.INTERRUPT)
            if await it.until(wait, lambda: it.has_answer or it.is_over, within_s=self.limits.grace_s / 2):
                return

    async def _die(self, wait: Wait) -> None:
        """It has ended, or is ended here, so that its true return code is known. SessionLost when nobody tells."""
        it = self.interpreter
        if self._is_closed:
            raise SessionError("the session was closed during the call")
        if it.returncode is None and not it.is_lost:
            it.command(messages.END)
            await it.until(wait, lambda: it.returncode is not None or it.is_lost, within_s=_ENDED_WITHIN_S)
        if it.returncode is None:
            error = self._loss("the session is lost")
            await self.end(wait)
            raise error

    def _result(
        self, answer: tuple[int, int] | None, stopped: Status | None, timeout_s: float, wall_ms: float
    ) -> ExecResult:
        it = self.interpreter
        alive = answer is not None
        signal_name, code = None, 0
        if answer is not None:
            outcome, code = answer[0], answer[1] & 0xFF
        else:
            outcome, code, signal_name = -1, *how_it_ended(it.returncode or 0)
        status = stopped or (_STATUS.get(Outcome(outcome), Status.ERROR) if alive else Status.DIED)
        if status is Status.TIMEOUT:
            code = TIMED_OUT
        stderr = it.stderr.text()
        said = note(
            status,
            alive=alive,
            tampered=it.tampered,
            timeout_s=timeout_s,
            how=(code, signal_name),
            reason=it.failure[1] if it.failure else "",
        )
        if said and stderr and not stderr.endswith("\n"):
            stderr += "\n"
        return ExecResult(
            status=status,
            stdout=it.stdout.text(),
            stderr=stderr + said,
            exit_code=code,
            signal=signal_name,
            timed_out=status is Status.TIMEOUT,
            oom=outcome == Outcome.OUT_OF_MEMORY or (not alive and self.group is not None and self.group.ran_out),
            truncated=it.stdout.is_truncated or it.stderr.is_truncated,
            tampered=it.tampered,
            alive=alive,
            wall_ms=wall_ms,
        )

    async def fork(self, wait: Wait, count: int, *, reseed: bool) -> list[Core]:
        """Branches that go on from where it is; it stays as it is. UnsupportedOperation, with the reason, when what it
        does cannot be copied, SessionLost when it has ended."""
        if self._end is not None:
            raise SessionLost("the session has ended, and nothing can branch off from it")
        with self._one_call():
            return await fork(self, wait, count, reseed=reseed)

    def branch(self, interpreter: Interpreter) -> Core:
        """A core of the same family."""
        assert self.family is not None
        self.family.join()
        return replace(self, interpreter=interpreter)

    async def end(self, wait: Wait) -> None:
        """End it and all that it has started. When this returns, nothing of it is left. A call that is under way fails,
        and hangs up itself. In a process that was forked from its own it only hangs up."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed, is_busy = True, self._is_busy
        it, family = self.interpreter, self.family
        if os.getpid() != self.owner:
            it.close()
            return
        if family is None:
            it.close()
            self.on_end()
            return
        try:
            if family.ends_with_keeper:
                family.kill_keeper()
            else:
                it.command(messages.END)
                if not is_busy:
                    await it.until(wait, lambda: it.returncode is not None or it.is_lost, within_s=_ENDED_WITHIN_S)
        finally:
            if not is_busy:
                it.close()
            if family.leave():
                await _until_gone(wait, family)

    def require_usable(self) -> None:
        """SessionError where it is closed, or used in a process that was forked from its own."""
        if os.getpid() != self.owner:
            raise SessionError("this session belongs to the process that this one was forked from")
        if self._is_closed:
            raise SessionError("the session is closed")
        if self._is_lost:
            raise SessionLost("the session is lost: a call to it was broken off")

    def _require_free(self) -> None:
        self.require_usable()
        if self._is_busy:
            raise SessionError("the session is busy: it takes one call at a time")

    def _abandon(self) -> None:
        self._is_lost = True
        if self._is_closed:
            return
        if self.family is not None and self.family.ends_with_keeper:
            self.family.kill_keeper()
        else:
            self.interpreter.command(messages.END)

    def _loss(self, what: str) -> SessionLost:
        failure = self.interpreter.failure
        return SessionLost(f"{what}: {failure[1] if failure else 'its processes are gone'}")


async def _until_gone(wait: Wait, family: Family) -> None:
    try:
        with family.watch() as poller:
            if not await wait(poller, _ENDED_WITHIN_S):
                family.kill_keeper()
                await wait(poller, _ENDED_WITHIN_S)
    finally:
        family.is_gone()
