"""A process that only uses the reference's client: one reset. It prints how many modules it holds then: ``URL``."""

import sys

from openenv.core import GenericEnvClient

with GenericEnvClient(base_url=sys.argv[1]).sync() as env:
    env.reset()
    print(len(sys.modules))
