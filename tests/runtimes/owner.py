"""A program that holds a session in a step: ``python -m tests.runtimes.owner JOURNAL WHAT``."""

import functools
import sys

from openenv.runtimes.embedded import EmbeddedRuntime
from tests.runtimes.forked import Forked, ForkedEnv, Tell

if __name__ == "__main__":
    env = ForkedEnv(provider=EmbeddedRuntime(functools.partial(Forked, sys.argv[1]))).sync()
    print(env.reset().observation.value, flush=True)
    if sys.argv[2]:
        env.step(Tell(what=sys.argv[2]))
    sys.stdin.read()
