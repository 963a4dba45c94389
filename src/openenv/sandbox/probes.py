"""Probes: what a level promises is tried in a session that is thrown away, before anybody's code runs on it.

They fail closed: what is not refused, and what does not answer, is a breach.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from openenv.errors import RuntimeUnavailable, SessionLost
from openenv.sandbox import attempts
from openenv.sandbox.factory import Factory
from openenv.sandbox.inside.messages import Task
from openenv.sandbox.waiting import Wait

_WITHIN_S = 20.0


async def probe(factory: Factory, wait: Wait) -> None:
    """RuntimeUnavailable, which names the breaches, when the level does not hold what it promises here."""
    try:
        core = await factory.take(wait)
    except SessionLost as error:
        raise RuntimeUnavailable(str(error)) from error
    try:
        with _surroundings(factory) as surroundings:
            result = await core.run(wait, Task.PYTHON, _program(surroundings), timeout_s=_WITHIN_S)
    finally:
        await core.end(wait)
    try:
        found = json.loads(result.stdout)
    except ValueError:
        found = None
    if not isinstance(found, list):
        found = [f"it did not tell: {result.stdout}{result.stderr}"]
    if found:
        level = factory.setting.isolation.level
        raise RuntimeUnavailable(f"level {level} does not hold here: {'; '.join(map(str, found))}")


def _program(surroundings: dict[str, Any]) -> str:
    source = Path(attempts.__file__).read_text(encoding="utf-8")
    return f"{source}\nimport json\nprint(json.dumps(breaches(json.loads({json.dumps(surroundings)!r}))))\n"


@contextmanager
def _surroundings(factory: Factory) -> Iterator[dict[str, Any]]:
    """What there is to reach: a file that every user of this machine may read and write, and two listening sockets."""
    isolation = factory.setting.isolation
    name = f"openenv-probe-{secrets.token_hex(8)}"
    with (
        tempfile.TemporaryDirectory(prefix="openenv-probe-") as directory,
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as unix,
    ):
        os.chmod(directory, 0o777)
        canary = os.path.join(directory, "canary")
        Path(canary).write_text(name)
        os.chmod(canary, 0o666)
        unix.bind("\0" + name)
        unix.listen()
        yield {
            "canary": canary,
            "port": tcp.getsockname()[1],
            "name": name,
            "pid": os.getpid(),
            "namespaces": isolation.namespaces,
            "memory_bytes": isolation.limits.memory_mb << 20,
        }
