"""Steps of many carts at once with our synchronous vector: ``sharing COUNT``, embedded in one process; ``apart COUNT``,
embedded in a process each; or ``websocket COUNT URL``."""

import itertools
import sys

from benchmarks.programs.action_batches import action_batches
from benchmarks.programs.carts import CartEnv, CartEnvironment, Push, SharingCartEnvironment
from benchmarks.programs.rounds import answer_rounds
from openenv.runtimes.embedded import EmbeddedRuntime
from openenv.vector.vector_env import VectorEnv


def client(words: list[str]) -> CartEnv:
    match words:
        case ["sharing"]:
            return CartEnv(provider=EmbeddedRuntime(SharingCartEnvironment))
        case ["apart"]:
            return CartEnv(provider=EmbeddedRuntime(CartEnvironment))
        case ["websocket", url]:
            return CartEnv(url)
    raise SystemExit(__doc__)


def main() -> None:
    mode, count, *url = sys.argv[1:]
    actions = itertools.cycle([[Push(direction=push) for push in batch] for batch in action_batches(int(count))])
    with VectorEnv(client([mode, *url]), int(count)).sync() as envs:
        envs.reset(seed=0)
        batch = envs.step(next(actions))
        assert batch.observations["at"].shape == (int(count), 4)
        assert not batch.errors
        answer_rounds(lambda: envs.step(next(actions)).observations, at_once=int(count))


if __name__ == "__main__":
    main()
