"""An environment whose steps keep a processor busy."""

from typing import Any

from benchmarks.programs.work import work
from echo_env import EchoAction, EchoObservation
from echo_env.server.echo_environment import EchoEnvironment


class BusyEnvironment(EchoEnvironment):
    """An echo that thinks first."""

    def step(self, action: EchoAction, timeout_s: float | None = None, **options: Any) -> EchoObservation:
        work()
        return super().step(action, timeout_s, **options)
