"""One echo step after another with our synchronous client: ``embedded``, or ``websocket URL WIRE``."""

import sys
from typing import Any

from benchmarks.programs.rounds import answer_rounds
from echo_env import EchoAction, EchoEnv
from openenv import AutoEnv, SyncEnvClient


def client(words: list[str]) -> SyncEnvClient[Any, Any, Any]:
    match words:
        case ["embedded"]:
            return AutoEnv.from_env("echo-env")
        case ["websocket", url, wire]:
            return EchoEnv(url, wire=wire).sync()
    raise SystemExit(__doc__)


with client(sys.argv[1:]) as env:
    env.reset()
    action = EchoAction(message="hello")
    answer_rounds(lambda: env.step(action))
