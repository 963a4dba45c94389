"""The session workers of this process."""

import os
from pathlib import Path


def worker_pids() -> list[int]:
    """The children of this process's zygotes."""
    return [worker for zygote in _children(os.getpid()) for worker in _children(zygote)]


def _children(pid: int) -> list[int]:
    threads = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for thread in threads for child in (thread / "children").read_text().split()]
