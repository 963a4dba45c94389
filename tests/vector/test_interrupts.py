"""Calls that are given up, by Ctrl-C or by cancelling their task: what comes next gets its own answers."""

import asyncio
import contextlib
import itertools
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from openenv import VectorEnv
from openenv.client.local import LocalRuntime
from openenv.errors import SessionLost
from tests.behaviour.interrupts import Interrupt, abandon, interruptible
from tests.behaviour.remains import eventually, is_gone
from tests.vector.conftest import IN_PROCESSES, WAYS, Place, in_one_colour, over
from tests.vector.environments import Do, Inline, ObedientEnv, Seated
from tests.vector.gates import Gate, and_it_waits, until_it_waits

GO = [Do()] * 4
ROUNDS = 20
in_processes = over(IN_PROCESSES)
interruptible_resets = over(way for way in IN_PROCESSES if way.wire != "v1")
each_interruptible = over(way for way in IN_PROCESSES if way.kind == "process" and way.wire != "v1")
embedded = over(way for way in WAYS if way.through == "embedded")
here = over(way for way in WAYS if way.through == "in-process")
synchronous = over(way for way in WAYS if way.colour == "sync")
asynchronous = over(way for way in WAYS if way.colour == "async")


@in_processes
async def test_a_step_that_is_given_up_is_interrupted_and_the_next_gets_its_own_answer(place, new_gate):
    gate = new_gate()
    async with place.vector() as envs:
        await envs.reset(seed=1)
        with interruptible():
            await abandon(place, envs.step([*GO[:3], gate.waiting]), when=and_it_waits(gate.arrival))
        if place.way.wire == "v1":  # which cannot interrupt
            gate.open()
        batch = await envs.reset(seed=5)
        assert batch.observations["number"].tolist() == [5, 6, 7, 8]
        for number in range(1, 4):
            assert (await envs.step(GO)).rewards.tolist() == [5 + number, 6 + number, 7 + number, 8 + number]


@in_processes
async def test_a_step_that_is_given_up_has_been_taken_or_not_but_never_twice(place, new_gate):
    waiting = Waiting(place, new_gate)
    async with place.vector() as envs:
        await envs.reset(seed=0, length=1000)
        with interruptible():
            await abandon(place, envs.step(waiting.actions), when=waiting.arrivals)
        waiting.go_on()
        batch = await envs.step(GO)
        assert not batch.errors
        for env_id, number in enumerate(batch.observations["number"].tolist()):
            assert number - env_id in (1, 2)
        again = await envs.step(GO)
        assert (again.rewards - batch.rewards).tolist() == [1.0] * 4


class Waiting:
    """Actions for all, of which those that run at the same time wait: nothing comes from any session."""

    def __init__(self, place: Place, new_gate: Callable[[], Gate]) -> None:
        self._gates = [new_gate() for _ in range(4 if place.way.kind == "process" else 1)]
        self.actions = [gate.waiting for gate in self._gates] + GO[len(self._gates) :]

    def arrivals(self) -> None:
        """Until they wait."""
        for gate in self._gates:
            gate.arrival()
        until_it_waits()

    def go_on(self) -> None:
        """Where nothing has interrupted them."""
        for gate in self._gates:
            gate.open()


@interruptible_resets
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of a socket that was just made
async def test_a_reset_that_is_given_up_leads_nowhere(place, new_gate):
    async with place.vector() as envs:
        for _ in range(2):  # the first one makes the sessions
            gate = new_gate()
            with interruptible():
                await abandon(place, envs.reset(seed=9, what="wait", until=gate.path), when=and_it_waits(gate.arrival))
            gate.open()
            batch = await envs.reset(seed=5)
            assert batch.observations["number"].tolist() == [5, 6, 7, 8]
            for number in range(1, 3):
                assert (await envs.step(GO)).rewards.tolist() == [5 + number, 6 + number, 7 + number, 8 + number]


@each_interruptible
async def test_a_session_that_dies_of_the_interrupt_is_lost_and_the_next_step_tells(place, new_gate):
    waiting = Waiting(place, new_gate)
    dying = Do(what="wait or die", until=waiting.actions[3].until)
    async with place.vector() as envs:
        pids = (await envs.reset(seed=1)).infos["pid"]
        with interruptible():
            await abandon(place, envs.step([*waiting.actions[:3], dying]), when=waiting.arrivals)
        assert eventually(lambda: is_gone(pids[3]))
        batch = await envs.step(GO)
        assert list(batch.errors) == [3]
        assert isinstance(batch.errors[3], SessionLost)
        assert batch.truncated.tolist() == [False, False, False, True]
        assert not (await envs.step(GO)).errors


@embedded
async def test_what_is_sent_is_given_up_by_a_reset(place, new_gate):
    gate = new_gate()
    async with place.vector() as envs:
        await envs.reset(seed=1)
        await envs.send([gate.waiting, *GO[1:]])
        await place.colour.blocking(gate.arrival)
        assert (await envs.reset(seed=5)).observations["number"].tolist() == [5, 6, 7, 8]
        assert (await envs.step(GO)).rewards.tolist() == [6.0, 7.0, 8.0, 9.0]


@here
async def test_in_this_process_a_step_that_is_given_up_ends_no_session(place, new_gate):
    gate = new_gate()
    async with place.vector() as envs:
        await envs.reset(seed=0, length=1000)
        with interruptible():
            await abandon(place, envs.step([Do(), gate.waiting, Do(), Do()]), when=gate.arrival)
        gate.open()
        batch = await envs.step(GO)
        assert not batch.errors
        again = await envs.step(GO)
        assert (again.rewards - batch.rewards).tolist() == [1.0] * 4
        gate = new_gate()
        await envs.send([gate.waiting, *GO[1:]])
        with interruptible():
            await abandon(place, envs.recv(), when=gate.arrival)
        gate.open()
        batch = await envs.recv()
        assert not batch.truncated.any()
        assert sorted(batch.env_ids) == [0, 1, 2, 3]
        assert not (await envs.step(GO)).errors


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
    """Takes steps and knows where they may have led: what is cut short was taken once or not at all."""

    def __init__(self, envs: Any) -> None:
        self._envs = envs
        self._numbers = [0, 1, 2, 3]
        self._cut = False

    async def begin(self) -> None:
        """New episodes."""
        assert (await self._envs.reset(seed=0, length=10**6)).observations["number"].tolist() == [0, 1, 2, 3]
        self._numbers, self._cut = [0, 1, 2, 3], False

    async def step(self) -> None:
        """One step of all. Where a session was lost, other ones begin."""
        was_cut, self._cut = self._cut, True
        batch = await self._envs.step(GO)
        if batch.truncated.any():
            await self.begin()
            return
        assert not batch.errors
        numbers = batch.observations["number"].tolist()
        for now, before in zip(numbers, self._numbers, strict=True):
            assert now - before in ((1, 2) if was_cut else (1,))
        self._numbers, self._cut = numbers, False

    async def send_and_receive(self) -> None:
        """The same, in two halves."""
        was_cut, self._cut = self._cut, True
        await self._envs.send(GO)
        seen: dict[int, int] = {}
        while len(seen) < len(GO):
            batch = await self._envs.recv()
            if batch.truncated.any():
                await self.begin()
                return
            assert not batch.errors
            seen.update(zip(batch.env_ids.tolist(), batch.observations["number"].tolist(), strict=True))
        for env_id, before in enumerate(self._numbers):
            assert seen[env_id] - before in ((1, 2) if was_cut else (1,))
        self._numbers, self._cut = [seen[env_id] for env_id in range(4)], False


@synchronous
@pytest.mark.timeout(60, method="thread")  # the other method takes the same signal
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")  # cut between call and await
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # cut in a callback of the collector
async def test_after_an_interrupt_at_any_moment_the_next_step_gets_its_own_answers(place, interrupter):
    async with place.vector(client={"message_timeout_s": 10}) as envs:
        walker = Walker(envs)
        await walker.begin()
        for _ in range(ROUNDS):
            with contextlib.suppress(Interrupt):
                interrupter.arm(within_s=4e-3)
                for _ in range(1000):
                    await walker.step()
                interrupter.disarm()
            await walker.step()


@synchronous
@pytest.mark.timeout(60, method="thread")  # the other method takes the same signal
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")  # cut between call and await
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # cut in a callback of the collector
async def test_after_an_interrupt_at_any_moment_what_is_sent_is_received_or_given_up_by_reset(place, interrupter):
    async with place.vector(client={"message_timeout_s": 10}, batch_size=2) as envs:
        walker = Walker(envs)
        await walker.begin()
        for _ in range(ROUNDS):
            with contextlib.suppress(Interrupt):
                interrupter.arm(within_s=4e-3)
                for _ in range(1000):
                    await walker.send_and_receive()
                interrupter.disarm()
            await walker.begin()
            await walker.send_and_receive()


@asynchronous
async def test_after_a_cancellation_at_any_moment_the_next_step_gets_its_own_answers(place):
    async def keep_walking(walker: Walker) -> None:
        while True:
            await walker.step()

    async with place.vector(client={"message_timeout_s": 10}) as envs:
        walker = Walker(envs)
        await walker.begin()
        for _ in range(ROUNDS):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(random.uniform(0, 4e-3)):
                    await keep_walking(walker)
            await walker.step()


@in_one_colour
async def test_calls_in_turn_are_one_call_at_a_time(place):
    """Two tasks, or two threads, that use one vector wait for each other."""
    async with place.vector() as envs:
        await envs.reset(seed=0, length=1000)
        pending = [place.colour.begin(envs.step(GO)) for _ in range(4)]
        batches = [await one.outcome() for one in pending]
        assert sorted(batch.rewards[0] for batch in batches) == [1.0, 2.0, 3.0, 4.0]


class _AtEvent:
    """Interrupts when the modules below the vector's own are called, or have called something, for the ``number``-th
    time."""

    def __init__(self, number: int) -> None:
        self._left = number

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        path = Path(frame.f_code.co_filename)
        is_below = path.parent.name == "vector" and path.name not in ("sync.py", "vector_env.py")
        if is_below and event in ("call", "c_return"):
            self._left -= 1
            if self._left == 0:
                sys.setprofile(None)
                raise Interrupt

    @property
    def has_come(self) -> bool:
        return self._left <= 0


def received(envs: Any) -> tuple[Any, str]:
    """The next batch, or why there is none."""
    try:
        return envs.recv(), ""
    except ValueError as error:
        return None, str(error)


@pytest.mark.parametrize("mode", ["NEXT_STEP", "SAME_STEP", "DISABLED"])
@pytest.mark.parametrize("environment", [Inline, Seated])
def test_what_an_interrupted_recv_was_about_to_tell_is_told_by_the_next_or_given_up(environment, mode):
    client = ObedientEnv(provider=LocalRuntime(environment))
    with VectorEnv(client, 2, batch_size=2, autoreset_mode=mode) as envs:
        for number in itertools.count(1):
            envs.reset(seed=0, length=2)
            envs.step([Do(), Do()])
            envs.send([Do(what="raise"), Do()])  # one fails, and the other one's episode ends
            event = _AtEvent(number)
            sys.setprofile(event)
            try:
                envs.recv()
            except Interrupt:
                pass
            finally:
                sys.setprofile(None)
            if not event.has_come:
                break
            told, problem = received(envs)
            if told is None:  # it was taken already
                assert "0 are on their way" in problem
            else:
                assert sorted(told.env_ids.tolist()) == [0, 1]
                assert set(told.errors) in ({0}, {0, 1})
            for env_id in (0, 1):
                begun = envs.reset(env_ids=[env_id], seed=7)
                assert begun.observations["number"].tolist() == [7 + env_id]
                assert not {"error", "final_obs"} & begun.infos.keys()
        assert number > 50
