"""One session after another, each on a connection of its own, with the reference's synchronous client: ``URL``."""

import sys

from benchmarks.programs.rounds import answer_measurements, beginning_s
from openenv.core import GenericEnvClient

answer_measurements(lambda: beginning_s(lambda: GenericEnvClient(base_url=sys.argv[1]).sync()))
