"""The container: the command line of docker, which runs a zygote away from the host.

All that is in the container is mounted from the host, so that it needs no image but one with nothing in it.
"""

from __future__ import annotations

import logging
import os
import secrets
import select
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence

from openenv.errors import RuntimeUnavailable
from openenv.processes.child import Child, describe_end
from openenv.processes.launcher import launcher
from openenv.sandbox.waiting import Wait
from openenv.settings import child_environment

logger = logging.getLogger("openenv.sandbox")

IMAGE = "openenv-nothing"
"""It has nothing in it."""

_EMPTY_ARCHIVE = bytes(10240)
_ANSWERED_WITHIN_S = 30.0
_CALLED_WITHIN_S = 60.0
_LOOKED_AFTER_S = 0.1
_DOOR = "door"
_CREDENTIALS = struct.Struct("=3i")

CALL = """
import socket, sys
with socket.socket(socket.AF_UNIX) as sock:
    sock.connect(sys.argv.pop(1))
    sys.argv[2:] = map(str, socket.recv_fds(sock, 1, 3)[1])
"""
"""What the program inside begins with, its first argument being where to call: no engine passes file descriptors on, so
that it fetches them there, and has their numbers among its arguments from then on."""


def engine() -> str:
    """Where docker's command line is, once its engine has answered. RuntimeUnavailable, with what to do."""
    program = shutil.which("docker")
    if program is None:
        raise RuntimeUnavailable("docker is not installed; run: sudo apt-get install --yes docker.io")
    if _run(program, "image", "inspect", IMAGE).returncode:
        made = _run(program, "import", "-", IMAGE, given=_EMPTY_ARCHIVE)
        if made.returncode:
            raise RuntimeUnavailable(f"docker does not answer: {made.stdout.decode(errors='backslashreplace').strip()}")
    return program


class Container:
    """One container, gone with the program inside. ``readable`` and ``writable`` are paths of the host, which are there
    by the same names. OSError when there is no room for the socket that the program inside calls at."""

    def __init__(self, program: str, *, user: int, readable: Sequence[str], writable: Sequence[str]) -> None:
        self._program = program
        self._user_id = user
        self._user = f"{user}:{os.getegid() if user == os.geteuid() else user}"
        self._name = f"openenv-sandbox-{secrets.token_hex(8)}"
        self._fds: list[int] = []
        self._door = socket.socket(socket.AF_UNIX)
        self._directory = tempfile.mkdtemp(prefix="openenv-container-")
        self._mounts = [_mount(path, ",readonly") for path in (*readable, self._directory) if os.path.exists(path)]
        self._mounts += [_mount(path) for path in writable]
        try:
            os.chmod(self._directory, 0o711)
            self._door.bind(self.door)
            os.chmod(self.door, 0o600)
            os.chown(self.door, user, -1)
            self._door.listen()
            self._door.setblocking(False)
        except BaseException:
            self.shut()
            raise

    @property
    def door(self) -> str:
        """Where the program inside calls."""
        return os.path.join(self._directory, _DOOR)

    def launch(self, inner: Sequence[str], *, env: Mapping[str, str], fds: Sequence[int]) -> Child:
        """Start a program in it, which gets copies of these file descriptors when it calls. The child is the command
        line, which ends with the container."""
        options = [word for name, value in env.items() for word in ("--env", f"{name}={value}")]
        options += [word for mount in self._mounts for word in ("--mount", mount)]
        command = [
            *(self._program, "run", "--rm", "--pull", "never", "--name", self._name, "--user", self._user),
            *("--network", "none", "--ipc", "none", "--read-only", "--cap-drop", "ALL", "--log-driver", "none"),
            *("--security-opt", "no-new-privileges", "--security-opt", "label=disable", "--workdir", "/"),
            *(*options, IMAGE, *inner),
        ]
        try:
            self._fds.extend(map(os.dup, fds))
            return launcher().launch(command, env=child_environment({}))
        except BaseException:
            self.shut()
            raise

    async def admit(self, wait: Wait, child: Child) -> None:
        """Until the program inside has what it needs. RuntimeUnavailable when it does not call."""
        try:
            with await self._caller(wait, child) as caller:
                socket.send_fds(caller, [b"\0"], self._fds)
        except OSError as error:
            raise RuntimeUnavailable(f"the container has ended: {error}") from error
        finally:
            self.shut()

    async def _caller(self, wait: Wait, child: Child) -> socket.socket:
        """Anybody may learn where the door is: from the engine's command line, for one."""
        deadline = time.monotonic() + _CALLED_WITHIN_S
        with select.epoll() as poller:
            poller.register(self._door, select.EPOLLIN)
            while time.monotonic() < deadline:
                if await wait(poller, _LOOKED_AFTER_S):
                    caller, _ = self._door.accept()
                    if _user_of(caller) == self._user_id:
                        return caller
                    caller.close()
                if (code := child.wait(0)) is not None:
                    how, _, _ = describe_end(code)
                    raise RuntimeUnavailable(
                        f"the container cannot be started; docker {how}\n{child.last_words}".rstrip()
                    )
        self.remove()
        raise RuntimeUnavailable(f"the container was not there within {_CALLED_WITHIN_S:g} s")

    def shut(self) -> None:
        """Nobody calls any more."""
        self._door.close()
        while self._fds:
            os.close(self._fds.pop())
        shutil.rmtree(self._directory, ignore_errors=True)

    def remove(self) -> None:
        """End it at once, whatever is inside: ending its command line would not. What stays is logged."""
        try:
            _run(self._program, "rm", "--force", self._name)
        except RuntimeUnavailable as error:
            logger.warning("the container %s could not be removed: %s", self._name, error)


def _user_of(peer: socket.socket) -> int:
    _, user, _ = _CREDENTIALS.unpack(peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return int(user)


def _mount(path: str, options: str = "") -> str:
    quoted = path.replace('"', '""')
    return f'type=bind,"source={quoted}","target={quoted}"{options}'


def _run(program: str, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """RuntimeUnavailable when it does not come to an end."""
    try:
        return subprocess.run(
            [program, *words],
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=_ANSWERED_WITHIN_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RuntimeUnavailable(f"docker does not answer: {error}") from error
