"""A process that only uses a client: one reset over WebSocket. It prints how many modules it holds then: ``URL``."""

import sys

from echo_env import EchoEnv

with EchoEnv(sys.argv[1]).sync() as env:
    env.reset()
    print(len(sys.modules))
