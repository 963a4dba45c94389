"""One screen after another with our synchronous client: ``embedded``, or ``websocket URL``."""

import sys

import numpy as np

from benchmarks.programs.rounds import answer_rounds
from benchmarks.programs.screen_bytes import SHAPE, screens
from benchmarks.programs.screens import ScreenAction, ScreenEnv, ScreenEnvironment
from openenv.runtimes.embedded import EmbeddedRuntime


def client(words: list[str]) -> ScreenEnv:
    match words:
        case ["embedded"]:
            return ScreenEnv(provider=EmbeddedRuntime(ScreenEnvironment))
        case ["websocket", url]:
            return ScreenEnv(url)
    raise SystemExit(__doc__)


with client(sys.argv[1:]) as env:
    first, second = env.reset().observation.screen, env.step(ScreenAction(action_id=1)).observation.screen
    assert [first.tobytes(), second.tobytes()] == screens()[:2]
    assert (second.dtype, second.shape) == (np.uint8, SHAPE)
    action = ScreenAction(action_id=1)
    answer_rounds(lambda: env.step(action))
