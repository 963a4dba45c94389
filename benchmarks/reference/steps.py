"""One step after another with the reference's synchronous client, the one without models: ``URL ACTION``, as JSON."""

import json
import sys

from benchmarks.programs.rounds import answer_rounds
from openenv.core import GenericEnvClient

url, action = sys.argv[1], json.loads(sys.argv[2])
with GenericEnvClient(base_url=url).sync() as env:
    env.reset()
    answer_rounds(lambda: env.step(action))
