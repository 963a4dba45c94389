"""One session after another, each on a connection of its own, with our synchronous client: ``URL``."""

import sys

from benchmarks.programs.rounds import answer_measurements, beginning_s
from echo_env import EchoEnv

answer_measurements(lambda: beginning_s(lambda: EchoEnv(sys.argv[1]).sync()))
