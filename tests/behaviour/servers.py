"""Servers of these tests, as processes of their own."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from websockets.sync.server import serve

from tests.behaviour.colours import BOUND_S

ROOT = Path(__file__).resolve().parents[2]


class Server:
    """``python -m tests.behaviour.served``; ``log`` is what it prints as errors."""

    def __init__(self, *arguments: str, log: Path, python: str = sys.executable) -> None:
        self._log = log
        with log.open("wb") as stderr:
            self._process = subprocess.Popen(
                [python, "-m", "tests.behaviour.served", *arguments], stdout=subprocess.PIPE, stderr=stderr, cwd=ROOT
            )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().decode().strip()
        assert self.url, f"the server did not start:\n{self.log}"
        self.port = int(self.url.rpartition(":")[2])
        self.pid = self._process.pid

    @property
    def log(self) -> str:
        """All that it printed as errors until now."""
        return self._log.read_text()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait(BOUND_S)

    def terminate(self) -> int:
        """Ask it to end; its exit status."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(BOUND_S)

    def close(self) -> None:
        """Leave nothing of it."""
        if self._process.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
        self._process.wait(BOUND_S)
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextlib.contextmanager
def websocket_server(handler, **options) -> Iterator[str]:
    """The websockets library's server, in a thread."""
    with serve(handler, "127.0.0.1", 0, **options) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()
        thread.join()
