"""Many at once: callers on one client, and clients on one server."""

import threading

from tests.behaviour.environments import Command, Shell, ShellEnv
from tests.behaviour.places import EMBEDDED, ON_THREADS, everywhere, over

CALLERS = 8
CALLS = 25
CLIENTS = {"thread": 32, "embedded": 8}
"""At once; an embedded one is a process."""


@everywhere
async def test_calls_of_many_callers_on_one_client_each_get_their_own_answer(place):
    env = await place.shared(Shell, ShellEnv)
    await env.reset()

    async def call(caller: int) -> list[str]:
        words = [f"caller {caller} call {number}" for number in range(CALLS)]
        return [word for word in words if (await env.step(Command(word))).observation.result != word.upper()]

    calls = [place.begin(call(caller)) for caller in range(CALLERS)]
    assert [await pending.outcome() for pending in calls] == [[]] * CALLERS


@everywhere
async def test_the_first_calls_of_many_callers_share_one_session(place):
    env = place.client(Shell, ShellEnv)
    calls = [place.begin(env.step(Command(word))) for word in "abcd"]
    results = [(await pending.outcome()).observation.result for pending in calls]
    await env.close()
    assert results == ["A", "B", "C", "D"]


@over([way for way in EMBEDDED if way.colour == "sync"], ON_THREADS)
async def test_many_clients_at_once_each_have_their_own_session(place):
    count = CLIENTS[place.way.host]
    ready = threading.Barrier(count) if place.way.colour == "sync" else None

    async def episode(number: int) -> tuple[str, str]:
        if ready is not None:
            ready.wait(30)
        async with place.client(Shell, ShellEnv) as env:
            first = (await env.reset()).observation.result
            return first, (await env.step(Command(f"client {number}"))).observation.result

    calls = [place.begin(episode(number)) for number in range(count)]
    outcomes = [await pending.outcome() for pending in calls]
    assert outcomes == [("ready", f"CLIENT {number}") for number in range(count)]
