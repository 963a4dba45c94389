"""Prints the seconds from before the import of the reference's client to the first reset on a server that it starts."""

import subprocess
import sys
import time

began = time.perf_counter()

from openenv.core import GenericEnvClient  # noqa: E402 (it is part of what is timed)

command = [sys.executable, "-m", "benchmarks.reference.app", "1"]
with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
    with GenericEnvClient(base_url=server.stdout.readline().strip()).sync() as env:
        env.reset()
        print(time.perf_counter() - began)
    server.kill()
