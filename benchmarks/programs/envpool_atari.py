"""Steps of many games of Pong at once with EnvPool, 84×84 in stacks of four: ``COUNT``. It runs in a virtual
environment of EnvPool's own."""

import itertools
import sys

import envpool
import numpy as np

from benchmarks.programs.rounds import answer_rounds

ACTIONS, BATCHES = 6, 64

count = int(sys.argv[1])
envs = envpool.make("Pong-v5", env_type="gymnasium", num_envs=count, use_fire_reset=False)
observations, _ = envs.reset()
assert observations.shape == (count, 4, 84, 84)
actions = itertools.cycle(np.random.default_rng(0).integers(0, ACTIONS, (BATCHES, count)))
answer_rounds(lambda: envs.step(next(actions)), at_once=count)
