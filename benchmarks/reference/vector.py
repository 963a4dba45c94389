"""Steps of many carts at once with as many of the reference's asynchronous clients: ``COUNT URL``."""

import asyncio
import itertools
import sys

from benchmarks.programs.action_batches import action_batches
from benchmarks.programs.rounds import answer_rounds
from openenv.core import GenericEnvClient

count, url = int(sys.argv[1]), sys.argv[2]
actions = itertools.cycle([[{"direction": push} for push in batch] for batch in action_batches(count)])
clients = [GenericEnvClient(base_url=url) for _ in range(count)]


async def reset_all():
    return await asyncio.gather(*(client.reset() for client in clients))


async def step_all():
    """What has ended is begun again, in place of a step."""
    asked = zip(clients, results, next(actions), strict=True)
    return await asyncio.gather(*(one.reset() if last.done else one.step(action) for one, last, action in asked))


def step():
    global results
    results = loop.run_until_complete(step_all())


loop = asyncio.new_event_loop()
results = loop.run_until_complete(reset_all())
assert len(results[0].observation["at"]) == 4
answer_rounds(step, at_once=count)
