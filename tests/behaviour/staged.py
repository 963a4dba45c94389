"""An environment that can be held at each stage of its life: the file ``stage`` says at which, and by which pipes."""

import os
from pathlib import Path
from typing import Any

from openenv import EnvClient, Environment, State
from tests.behaviour.living import Look, Report
from tests.behaviour.pipes import hold

VARIABLE = "OPENENV_TEST_STAGES"
"""Names the folder of that file."""


class Staged(Environment[Look, Report, State]):
    """Its state tells its process."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        super().__init__()
        self._pass_through("creating")

    def reset(self, **options: Any) -> Report:
        self._pass_through("resetting")
        return Report(text="ready")

    def step(self, action: Look, **options: Any) -> Report:
        self._pass_through("stepping")
        return Report(text="done")

    @property
    def state(self) -> State:
        return State(step_count=os.getpid())

    def close(self) -> None:
        self._pass_through("closing")

    def _pass_through(self, stage: str) -> None:
        held_at, path = (Path(os.environ[VARIABLE]) / "stage").read_text().split("\n")
        if stage == held_at:
            hold(Path(path))


class StagedEnv(EnvClient[Look, Report, State]):
    """Its client."""


def live(env: Any, *, until: str) -> None:
    """A life up to a stage, and through it."""
    env.connect()
    if until == "creating":
        return
    env.reset()
    if until == "resetting":
        return
    env.step(Look())
    if until == "closing":
        env.close()
