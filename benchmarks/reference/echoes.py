"""Steps of many echo sessions at once with as many of the reference's asynchronous clients: ``COUNT URL``."""

import asyncio
import sys

from benchmarks.programs.rounds import answer_rounds
from openenv.core import GenericEnvClient

count, url = int(sys.argv[1]), sys.argv[2]
clients = [GenericEnvClient(base_url=url) for _ in range(count)]


async def reset_all():
    return await asyncio.gather(*(client.reset() for client in clients))


async def step_all():
    return await asyncio.gather(*(client.step({"message": "hello"}) for client in clients))


loop = asyncio.new_event_loop()
loop.run_until_complete(reset_all())
answer_rounds(lambda: loop.run_until_complete(step_all()), at_once=count)
