"""Prints the seconds from before ``from openenv import AutoEnv`` to the end of an embedded first reset."""

import time

began = time.perf_counter()

from openenv import AutoEnv  # noqa: E402 (it is what is timed)

with AutoEnv.from_env("echo-env") as env:
    env.reset()
    print(time.perf_counter() - began)
