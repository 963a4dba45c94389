"""``openenv serve coding-env`` for the tests, in a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

BOUND_S = 20.0


@contextmanager
def served(*words: str) -> Iterator[str]:
    """The URL."""
    command = [sys.executable, "-m", "openenv.cli", "serve", "coding-env", "--port", "0", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().partition(" at ")[2].split(" ")[0]
        finally:
            server.terminate()
            server.wait(BOUND_S)
