"""The servers of an echo environment: ours and the reference's, each on a free port of loopback."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.interpreters import OURS, REFERENCE, pinned
from benchmarks.processes import START_TIMEOUT_S, ContestantFailed, Program


@contextmanager
def our_server(*, host_sessions: str = "thread", on_one_core: bool = False) -> Iterator[tuple[str, Program]]:
    """``openenv serve echo-env``; gives its URL."""
    options = ["--port", "0", "--host-sessions", host_sessions, "--parent", str(os.getpid())]
    with serving([OURS, "-m", "openenv.cli", "serve", "echo-env", *options], on_one_core=on_one_core) as server:
        yield server


@contextmanager
def reference_server(*, on_one_core: bool = False) -> Iterator[tuple[str, Program]]:
    """The reference's, run by uvicorn as its command would."""
    with serving([REFERENCE, "-m", "benchmarks.reference.app"], on_one_core=on_one_core) as server:
        yield server


@contextmanager
def serving(command: list[str], *, on_one_core: bool = False) -> Iterator[tuple[str, Program]]:
    """Any program that prints its URL once it listens, and ends with this process."""
    with Program(pinned(command) if on_one_core else command) as program:
        line = program.line(START_TIMEOUT_S)
        if (found := re.search(r"http://\S+:\d+", line)) is None:
            raise ContestantFailed(f"{' '.join(command)} printed no URL but {line!r}")
        try:
            yield found[0], program
        finally:
            program.terminate()
