"""Forks an embedded session into branches, again and again."""

import time

from benchmarks.programs.heap import BRANCHES, Laden, LadenEnv
from benchmarks.programs.rounds import answer_measurements
from openenv.runtimes.embedded import EmbeddedRuntime


def measure() -> float:
    began = time.perf_counter()
    branches = env.fork(BRANCHES)
    took_s = time.perf_counter() - began
    for branch in branches:
        branch.close()
    return took_s / BRANCHES


with LadenEnv(provider=EmbeddedRuntime(Laden)) as env:
    env.reset()
    answer_measurements(measure)
