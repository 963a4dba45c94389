"""Settings: environment variables turned into arguments, once. No other module reads the process's environment."""

from __future__ import annotations

import os
from collections.abc import Mapping


def server_mode() -> str:
    """``OPENENV_MODE``, else ``simulation``; in ``production`` a server offers no reset, step and state."""
    return os.environ.get("OPENENV_MODE", "").strip().lower() or "simulation"


def child_environment(overrides: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child process: this process's own, with ``overrides``."""
    return {**os.environ, **overrides}


def change_environment(changes: Mapping[str, str | None]) -> None:
    """Set variables of this process; None unsets one."""
    for name, value in changes.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
