"""Calls that are cut short at random moments: no later call is given an answer that is not its own, and none hangs."""

import asyncio
import contextlib
import itertools
import random
import signal

import pytest

from openenv.errors import SessionLost
from tests.behaviour.environments import Command, Move, Shell, ShellEnv, Walk
from tests.behaviour.interrupts import Interrupt
from tests.behaviour.places import EMBEDDED, IN_PROCESS, ON_THREADS, over

ROUNDS = 100
LONGER = 1000
"""Calls that take longer than until the interrupt."""
WAYS = [*IN_PROCESS, *EMBEDDED, *ON_THREADS]


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

    def disarm(self) -> None:
        """It came where Python ignores what is raised, as in a finalizer."""
        self._armed = False


@pytest.fixture
def interrupter():
    interrupter = Interrupter()
    before = signal.signal(signal.SIGALRM, interrupter)
    yield interrupter
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


class Walker:
    """Takes steps of random length, and knows where they may have led."""

    def __init__(self, env) -> None:
        self._env = env
        self._begun: int | None = None

    async def begin(self) -> None:
        """A new episode."""
        self._position = (await self._env.reset()).observation.position
        self._begun = None

    async def step(self) -> None:
        """One step; the one before may have been cut short, and then was taken once or not at all."""
        cut, self._begun = self._begun, random.randint(1, 100)
        by = self._begun
        position = (await self._env.step(Move(by=by))).observation.position
        expected = {self._position + by, self._position + by + (cut or 0)}
        assert position in expected
        self._position, self._begun = position, None


@over([way for way in WAYS if way.colour == "sync"])
@pytest.mark.timeout(60, method="thread")  # the other method takes the same signal
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")  # cut between call and await
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # cut in a callback of the collector
async def test_after_an_interrupt_at_any_moment_the_next_call_gets_its_own_answer_or_the_session_is_lost(
    place, interrupter
):
    async with place.client(Walk, message_timeout_s=10) as env:
        walker = Walker(env)
        await walker.begin()
        for _ in range(ROUNDS):
            with contextlib.suppress(Interrupt):
                interrupter.arm(within_s=1.5e-3)
                for _ in range(LONGER):
                    await walker.step()
                interrupter.disarm()
            try:
                await walker.step()
            except SessionLost:
                await walker.begin()


@over([way for way in WAYS if way.colour == "async"])
async def test_after_a_cancellation_at_any_moment_the_next_call_gets_its_own_answer(place):
    async def keep_walking(walker: Walker) -> None:
        while True:
            await walker.step()

    async with place.client(Walk, message_timeout_s=10) as env:
        walker = Walker(env)
        await walker.begin()
        for _ in range(ROUNDS):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(random.uniform(0, 2e-3)):
                    await keep_walking(walker)
            await walker.step()


@over([way for way in WAYS if way.colour == "async"])
async def test_after_many_tasks_are_cancelled_the_next_call_gets_its_own_answer(place):
    calls = itertools.count()

    async def keep_calling() -> None:
        while True:
            assert await answers(env, f"call {next(calls)}")

    async with place.client(Shell, ShellEnv, message_timeout_s=10) as env:
        for _ in range(ROUNDS // 4):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(random.uniform(0, 5e-3)):
                    await asyncio.gather(*(keep_calling() for _ in range(3)))
            assert await answers(env, f"call {next(calls)}")


async def answers(env, word: str) -> bool:
    return (await env.step(Command(word))).observation.result == word.upper()
