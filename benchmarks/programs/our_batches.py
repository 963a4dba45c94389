"""Steps of the echo environment, 64 sessions in one embedded worker: for each number of seconds on standard input how
many a second there are end to end, and how many for a second of the worker's processor time."""

import json
import sys
import time

from benchmarks.processes import cpu_s_of
from benchmarks.programs.children import worker_pids
from echo_env import EchoAction
from openenv import AutoEnv

COUNT = 64


def main() -> None:
    actions = [EchoAction(message="hello")] * COUNT
    with AutoEnv.from_env("echo-env", num_envs=COUNT) as envs:
        envs.reset(seed=0)
        (worker,) = worker_pids()
        for _ in range(200):
            envs.step(actions)
        print(json.dumps("ready"), flush=True)
        for line in sys.stdin:
            used, began, steps = cpu_s_of(worker), time.perf_counter(), 0
            while time.perf_counter() - began < float(line):
                steps += len(envs.step(actions).rewards)
            took = time.perf_counter() - began
            print(json.dumps({"rate": steps / took, "cpu": steps / (cpu_s_of(worker) - used)}), flush=True)


if __name__ == "__main__":
    main()
