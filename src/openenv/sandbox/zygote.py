"""The zygote as the supervisor sees it: a process that has imported what sessions need, and makes them on order."""

from __future__ import annotations

import json
import os
import select
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress

from openenv.errors import RuntimeUnavailable, SessionLost
from openenv.processes.child import Child, describe_end
from openenv.processes.launcher import launcher
from openenv.sandbox import jail
from openenv.sandbox.container import CALL, Container
from openenv.sandbox.endpoints import connected
from openenv.sandbox.inside import messages
from openenv.sandbox.inside.plan import Plan
from openenv.sandbox.interpreter import Interpreter
from openenv.sandbox.interpreter_paths import SOURCES
from openenv.sandbox.setting import Setting
from openenv.sandbox.unprivileged import dropped
from openenv.sandbox.waiting import Wait

_PREPARED_WITHIN_S = 120.0
_LAST_WORDS_WITHIN_S = 2.0
_BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from openenv.sandbox.inside.zygote import main; main()"

_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "1",
    "PYTHONUTF8": "1",
}
"""All of it: nothing of this process's. Numerical libraries start threads, and a process with threads is not forked.
The C library sets aside 64 MB of addresses for each thread, which a limit on memory counts: for two at most."""


class Zygote:
    """One zygote. It ends with this process, and its sessions end with it. ``files`` is where those of its sessions lie
    that have no file system of their own. RuntimeUnavailable when it cannot start."""

    def __init__(self, setting: Setting, *, files: str | None) -> None:
        self._setting = setting
        self._container: Container | None = None
        fds: list[int] = []
        try:
            self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._control.setblocking(False)
            fds.append(theirs.detach())
            fds.append(os.pidfd_open(os.getpid()))
            fds.append(_plan_file(setting.plan))
            if setting.engine is None:
                self._process: Child = self._launch(fds)
            else:
                self._container = Container(
                    setting.engine, user=setting.user, readable=setting.readable, writable=[files] if files else []
                )
                inner = _interpreter(CALL + _BOOT, self._container.door, str(SOURCES))
                self._process = self._container.launch(inner, env=_environment(), fds=fds)
        except OSError as error:
            if fds:
                self._control.close()
            raise RuntimeUnavailable(f"the sandbox cannot be started: {error}") from error
        finally:
            for fd in fds:
                os.close(fd)
        self._process.release = self.close

    def _launch(self, fds: Sequence[int]) -> Child:
        setting = self._setting
        inner = _interpreter(_BOOT, str(SOURCES), *map(str, fds))
        if setting.bubblewrap is None:
            return self._launch_dropped(inner, fds=fds)
        users, groups = jail.accounts()
        try:
            command = jail.command(
                setting.bubblewrap, readable=setting.readable, users=users, groups=groups, inner=inner
            )
            return self._launch_dropped(command, fds=[*fds, users, groups])
        finally:
            os.close(users)
            os.close(groups)

    def _launch_dropped(self, command: Sequence[str], *, fds: Sequence[int]) -> Child:
        command = dropped(command, user=self._setting.user, needed=self._setting.readable)
        return launcher().launch(command, pass_fds=fds, env=_environment())

    @property
    def is_alive(self) -> bool:
        """It makes sessions."""
        return self._process.wait(0) is None

    async def begin(self, wait: Wait) -> None:
        """Until it has imported everything. RuntimeUnavailable, with the reason, when it cannot start, and ValueError
        when what it is to import cannot be."""
        if self._container is not None:
            await self._container.admit(wait, self._process)
        with select.epoll() as poller:
            poller.register(self._control, select.EPOLLIN)
            if not await wait(poller, _PREPARED_WITHIN_S):
                self.kill()
                raise RuntimeUnavailable(f"the sandbox was not ready within {_PREPARED_WITHIN_S:g} s")
        try:
            word = self._control.recv(messages.MAX_REPORT)
        except ConnectionError:
            word = b""
        if not word:
            how, _, _ = describe_end(self._process.wait(_LAST_WORDS_WITHIN_S))
            raise RuntimeUnavailable(f"the sandbox cannot be started; it {how}\n{self._process.last_words}".rstrip())
        if word != b"ready":
            raise ValueError(f"the sandbox cannot be prepared: {word.decode(errors='backslashreplace')}")

    def order(self, directory: str | None) -> Interpreter:
        """Order a session and return at once; what goes wrong from here on, it tells. ``directory`` holds its files
        where it has no file system of its own. SessionLost when the zygote is gone."""
        ours, inner = connected()
        try:
            self._control.setblocking(True)
            socket.send_fds(self._control, [json.dumps({"directory": directory}).encode()], inner.fds)
        except OSError as error:
            ours.close()
            raise SessionLost("the sandbox's zygote has ended") from error
        finally:
            inner.close()
        return Interpreter(ours, output_bytes=self._setting.isolation.limits.output_kb << 10)

    def close(self) -> None:
        """Let it end, and all sessions with it."""
        with suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)

    def kill(self) -> None:
        """At once."""
        self._process.kill()
        if self._container is not None:
            self._container.remove()

    def wait(self, timeout_s: float) -> bool:
        """Until it has ended; then it holds nothing any more."""
        if self._process.wait(timeout_s) is None:
            return False
        self._control.close()
        if self._container is not None:
            self._container.shut()
        return True


def _interpreter(program: str, *arguments: str) -> list[str]:
    return [sys.executable, "-I", "-B", "-X", "utf8", "-c", program, *arguments]


def _environment() -> dict[str, str]:
    programs = f"{os.path.dirname(sys.executable)}:/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
    return {**_ENVIRONMENT, "PATH": programs}


def _plan_file(plan: Plan) -> int:
    fd = os.memfd_create("openenv-plan")
    data = plan.encode()
    while data:
        data = data[os.write(fd, data) :]
    os.lseek(fd, 0, os.SEEK_SET)
    return fd
