"""Steps a second of a vector whose sessions have a process each: ``computing COUNT`` in lock-step, ``waiting COUNT`` in
lock-step, or ``first COUNT BATCH``: those that wait, the first of them as they finish."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.programs.waits import Computing, Go, GoEnv, Waiting
from openenv.runtimes.embedded import EmbeddedRuntime
from openenv.vector.vector_env import VectorEnv


def stepping(envs: Any, *, first: bool) -> Callable[[], int]:
    """One call, or a pair of calls, and how many steps that were."""
    if not first:
        actions = [Go()] * envs.num_envs
        return lambda: len(envs.step(actions).rewards)
    envs.send([Go()] * envs.num_envs)
    actions = [Go()] * envs.batch_size

    def step() -> int:
        batch = envs.recv()
        envs.send(actions, batch.env_ids)
        return len(batch.rewards)

    return step


def main() -> None:
    mode, count, *batch = sys.argv[1:]
    environment = Computing if mode == "computing" else Waiting
    size = int(batch[0]) if batch else None
    with VectorEnv(GoEnv(provider=EmbeddedRuntime(environment)), int(count), batch_size=size).sync() as envs:
        envs.reset(seed=0)
        step = stepping(envs, first=mode == "first")
        for _ in range(20):
            step()
        print(json.dumps("ready"), flush=True)
        for line in sys.stdin:
            began, steps = time.perf_counter(), 0
            while time.perf_counter() - began < float(line):
                steps += step()
            print(json.dumps((time.perf_counter() - began) / steps), flush=True)


if __name__ == "__main__":
    main()
