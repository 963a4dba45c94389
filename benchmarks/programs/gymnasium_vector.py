"""Steps of many CartPoles at once with Gymnasium's own vectors: ``async COUNT``, with a process for each, or
``sync COUNT``, with none."""

import sys

import gymnasium

from benchmarks.programs.action_batches import action_batches
from benchmarks.programs.rounds import answer_rounds


def main() -> None:
    mode, count = sys.argv[1], int(sys.argv[2])
    envs = gymnasium.make_vec("CartPole-v1", num_envs=count, vectorization_mode=mode)
    observations, _ = envs.reset(seed=0)
    assert observations.shape == (count, 4)
    actions = action_batches(count)
    answer_rounds(lambda: envs.step(next(actions)), at_once=count)
    envs.close()


if __name__ == "__main__":
    main()
