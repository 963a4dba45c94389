"""Calls that are cut short at random moments: no later call is given an answer that is not its own, and none hangs."""

import asyncio
import contextlib
import random
import signal

import pytest

from openenv.errors import SessionLost
from tests.behaviour.environments import Command, Shell, ShellEnv
from tests.behaviour.places import EMBEDDED, IN_PROCESS, ON_THREADS, over

ROUNDS = 100
WAYS = [*IN_PROCESS, *EMBEDDED, *ON_THREADS]


class Interrupt(KeyboardInterrupt):
    """What the signal's handler raises."""


class Interrupter:
    """A signal that comes at a random moment and interrupts what is armed."""

    def __init__(self) -> None:
        self._armed = False

    def __call__(self, number: int, frame: object) -> None:
        if self._armed:
            self._armed = False
            raise Interrupt

    def arm(self, *, within_s: float) -> None:
        """Interrupt once, soon."""
        self._armed = True
        signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-5, within_s))


@pytest.fixture
def interrupter():
    interrupter = Interrupter()
    before = signal.signal(signal.SIGALRM, interrupter)
    yield interrupter
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


async def answers(env, word: str) -> bool:
    return (await env.step(Command(word))).observation.result == word.upper()


@over([way for way in WAYS if way.colour == "sync"])
@pytest.mark.timeout(60, method="thread")  # the other method takes the same signal
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")  # cut between call and await
async def test_after_an_interrupt_at_any_moment_the_next_call_gets_its_own_answer_or_the_session_is_lost(
    place, interrupter
):
    wrong, calls = [], 0
    async with place.client(Shell, ShellEnv, message_timeout_s=10) as env:
        await env.reset()
        for _ in range(ROUNDS):
            with contextlib.suppress(Interrupt):
                interrupter.arm(within_s=1.5e-3)
                while True:
                    calls += 1
                    await answers(env, f"call {calls}")
            calls += 1
            try:
                wrong += [] if await answers(env, f"call {calls}") else [calls]
            except SessionLost:
                await env.reset()
    assert wrong == []


@over([way for way in WAYS if way.colour == "async"])
async def test_after_a_cancellation_at_any_moment_the_next_call_gets_its_own_answer(place):
    wrong, calls = [], 0

    async def keep_calling() -> None:
        nonlocal calls
        while True:
            calls += 1
            await answers(env, f"call {calls}")

    async with place.client(Shell, ShellEnv, message_timeout_s=10) as env:
        await env.reset()
        for _ in range(ROUNDS):
            callers = [asyncio.create_task(keep_calling()) for _ in range(random.choice([1, 3]))]
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(random.uniform(0, 2e-3)):
                    await asyncio.gather(*callers)
            calls += 1
            wrong += [] if await answers(env, f"call {calls}") else [calls]
    assert wrong == []
