"""Steps of many carts at once with EnvPool, whose own are written in C++: ``COUNT``. It runs in a virtual environment
of EnvPool's own."""

import itertools
import sys

import envpool
import numpy as np

from benchmarks.programs.action_batches import action_batches
from benchmarks.programs.rounds import answer_rounds

count = int(sys.argv[1])
envs = envpool.make("CartPole-v1", env_type="gymnasium", num_envs=count)
observations, _ = envs.reset()
assert observations.shape == (count, 4)
actions = itertools.cycle([np.array(batch) for batch in action_batches(count)])
answer_rounds(lambda: envs.step(next(actions)), at_once=count)
