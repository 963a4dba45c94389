"""The servers of an environment: ours and the reference's, each on a free port of loopback."""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from benchmarks.interpreters import OURS, REFERENCE, pinned
from benchmarks.processes import START_TIMEOUT_S, ContestantFailed, Program

_LOOK_EVERY_S = 0.02


@contextmanager
def our_server(
    *,
    environment: str = "echo-env",
    host_sessions: str = "thread",
    options: Sequence[str] = (),
    on_one_core: bool = False,
) -> Iterator[tuple[str, Program]]:
    """``openenv serve``; gives its URL."""
    words = ["--port", "0", "--host-sessions", host_sessions, "--parent", str(os.getpid()), *options]
    with serving([OURS, "-m", "openenv.cli", "serve", environment, *words], on_one_core=on_one_core) as server:
        yield server


@contextmanager
def reference_server(
    *, program: str = "benchmarks.reference.app", capacity: int = 20_000, on_one_core: bool = False
) -> Iterator[tuple[str, Program]]:
    """The reference's, run by uvicorn as its command would."""
    with serving([REFERENCE, "-m", program, str(capacity)], on_one_core=on_one_core) as server:
        yield server


@contextmanager
def under_uvicorn(application: str) -> Iterator[tuple[str, Program]]:
    """``uvicorn module:app``, which tells no program when it listens, nor on which port. The application ends it with
    this process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    words = [application, "--port", str(address[1]), "--log-level", "warning"]
    with Program([OURS, "-m", "uvicorn", *words]) as program:
        try:
            _wait_for(address, application)
            yield f"http://127.0.0.1:{address[1]}", program
        finally:
            program.terminate()


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


def _wait_for(address: tuple[str, int], application: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            socket.create_connection(address).close()
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise ContestantFailed(f"uvicorn {application} does not listen") from None
            time.sleep(_LOOK_EVERY_S)
        else:
            return
