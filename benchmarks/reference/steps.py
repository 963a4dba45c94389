"""One echo step after another with the reference's synchronous client, the one without models: ``URL``."""

import sys

from benchmarks.programs.rounds import answer_rounds
from openenv.core import GenericEnvClient

with GenericEnvClient(base_url=sys.argv[1]).sync() as env:
    env.reset()
    action = {"message": "hello"}
    answer_rounds(lambda: env.step(action))
