"""The child process: a program in a process group of its own, with a channel and two pipes to it."""

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from openenv.processes.launcher import launcher


class ChildProcess:
    """A running program. Its last two arguments are the file descriptor of its channel and this process's id.

    It is not waited for before ``end``: while its process id stands for it, so does its group's, and nothing else can
    be meant by either.
    """

    def __init__(self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> None:
        self.channel, theirs = socket.socketpair()
        try:
            self._process = launcher().call(
                lambda: subprocess.Popen(
                    [*command, str(theirs.fileno()), str(os.getpid())],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    cwd=cwd,
                    env=dict(env),
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                    bufsize=0,
                )
            )
        except BaseException:
            self.channel.close()
            raise
        finally:
            theirs.close()
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self.stdout, self.stderr = self._process.stdout, self._process.stderr
        self.pidfd = os.pidfd_open(self._process.pid) if hasattr(os, "pidfd_open") else None
        for file in (self.channel, self.stdout, self.stderr):
            os.set_blocking(file.fileno(), False)

    def interrupt(self) -> None:
        """What Ctrl-C does: SIGINT to its group."""
        self._signal_group(signal.SIGINT)

    def end(self) -> int:
        """End all that is left of its group at once. The program's return code, negative for a signal."""
        if self._process.returncode is None:
            self._signal_group(signal.SIGKILL)
        return self._process.wait()

    def close(self) -> None:
        """End it and let go of it."""
        self.end()
        for file in (self.channel, self.stdout, self.stderr):
            file.close()
        if self.pidfd is not None:
            os.close(self.pidfd)
            self.pidfd = None

    def _signal_group(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS forbids signals to what has ended
            os.killpg(self._process.pid, number)
