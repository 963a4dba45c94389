"""Waiting has an end, and what arrives after it answers nothing else."""

import asyncio
import os
import signal
import threading
import time

import pytest

from openenv.errors import DeadlineExceeded
from openenv.wire import v2
from openenv.wire.frames import SUBPROTOCOL, Close, Closed, Open, Opened, Result, Step
from tests.behaviour.environments import Move, Walk, WalkEnv
from tests.behaviour.interrupts import abandon, interruptible
from tests.behaviour.living import Look, LookEnv
from tests.behaviour.places import (
    EMBEDDED,
    IN_PROCESS,
    IN_PROCESSES,
    ON_THREADS,
    embedded,
    everywhere,
    over,
    over_a_wire,
)
from tests.behaviour.servers import websocket_server
from tests.behaviour.unruly import Unruly

SHORT_S = 0.1
LONG_S = 30.0

synchronous = over([way for way in IN_PROCESS + EMBEDDED + ON_THREADS + IN_PROCESSES if way.colour == "sync"])
asynchronous = over([way for way in EMBEDDED + ON_THREADS + IN_PROCESSES if way.colour == "async"])


async def behaves(env) -> bool:
    return (await env.step(Look(what="behave"), timeout_s=LONG_S)).observation.text == "well"


@over_a_wire
async def test_a_step_that_takes_too_long_is_a_deadline_and_its_late_reply_answers_nothing_else(place, pipes):
    async with place.client(Unruly, LookEnv, message_timeout_s=SHORT_S) as env:
        await env.reset(timeout_s=LONG_S)
        with pytest.raises(DeadlineExceeded) as raised:
            await env.step(Look(what="hold", path=pipes.path))
        assert (raised.value.operation, raised.value.timeout_s) == ("step", SHORT_S)
        assert isinstance(raised.value, TimeoutError)
        pipes.let_go("late")
        assert await behaves(env)
        assert (await env.reset(timeout_s=LONG_S)).observation.text == "ready"


@over_a_wire
async def test_no_time_at_all_is_a_deadline_at_once(place, pipes):
    async with place.client(Unruly, LookEnv, message_timeout_s=0) as env:
        await env.reset(timeout_s=LONG_S)
        with pytest.raises(DeadlineExceeded):
            await env.step(Look(what="hold", path=pipes.path))
        pipes.let_go("late")
        assert (await env.reset(timeout_s=LONG_S)).observation.text == "ready"


def test_a_late_reply_gives_the_one_that_is_waited_for_no_more_time():
    """The late one comes after nine tenths of the time, and no other."""

    def handler(connection):
        for message in connection:
            request = v2.decode_request(message)
            if isinstance(request, Open):
                connection.send(v2.encode(Opened(request.channel, request.id, "session", "secret")))
            elif isinstance(request, Step):
                time.sleep(0.9)
                connection.send(v2.encode(Result(request.channel, request.id - 1, {"position": 1})))
            elif isinstance(request, Close):
                connection.send(v2.encode(Closed(request.channel, request.id)))

    with websocket_server(handler, subprotocols=[SUBPROTOCOL]) as url:
        env = WalkEnv(url, message_timeout_s=1.0).sync().connect()
        began = time.monotonic()
        with pytest.raises(DeadlineExceeded):
            env.step(Move(by=1))
        assert time.monotonic() - began < 1.7
        env.close()


@over(ON_THREADS)
async def test_several_late_replies_answer_nothing_else(place, pipes):
    async with place.client(Unruly, LookEnv, message_timeout_s=SHORT_S) as env:
        await env.reset(timeout_s=LONG_S)
        for what in ("hold", "behave", "behave"):
            with pytest.raises(DeadlineExceeded):
                await env.step(Look(what=what, path=pipes.path))
        with pytest.raises(DeadlineExceeded):
            await env.state()
        pipes.let_go("late")
        assert (await env.reset(timeout_s=LONG_S)).observation.text == "ready"
        assert await behaves(env)


@over(ON_THREADS)
async def test_a_message_that_a_busy_peer_does_not_take_is_a_deadline_and_arrives_later(place, pipes):
    async with place.client(Unruly, LookEnv, message_timeout_s=SHORT_S) as env:
        await env.reset(timeout_s=LONG_S)
        for action in (Look(what="hold", path=pipes.path), Look(what="behave", path="x" * 5_000_000)):
            with pytest.raises(DeadlineExceeded):
                await env.step(action)
        pipes.let_go("late")
        assert await behaves(env)


@everywhere
async def test_the_time_that_a_step_is_granted_reaches_the_environment(place):
    env = await place.shared(Walk)
    await env.reset()
    result = await env.step(Move(by=1), timeout_s=2.5)
    assert result.metadata == ({} if place.way.wire == "v1" else {"granted": 2.5})


@asynchronous
async def test_a_call_that_is_cancelled_answers_nothing_else(place, pipes):
    async with place.client(Unruly, LookEnv) as env:
        await env.reset()
        call = asyncio.create_task(env.step(Look(what="hold", path=pipes.path)))
        await place.blocking(pipes.wait_for_step)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        pipes.let_go("late")
        assert await behaves(env)


@embedded
async def test_what_does_not_mind_an_interrupt_is_interrupted_again_before_the_next_call(place, pipes):
    async with place.client(Unruly, LookEnv) as env:
        await env.reset()
        with interruptible():
            call = env.step(Look(what="mind only the second interrupt", path=pipes.path))
            await abandon(place, call, when=pipes.wait_for_step)
        began = time.monotonic()
        assert await behaves(env)
        assert time.monotonic() - began < LONG_S / 2


@asynchronous
async def test_a_call_that_is_cancelled_while_it_waits_for_its_turn_is_never_made(place, pipes):
    async with place.client(Unruly, LookEnv) as env:
        await env.reset()
        first = place.begin(env.step(Look(what="hold", path=pipes.path)))
        await place.blocking(pipes.wait_for_step)
        second = asyncio.create_task(env.step(Look(what="end by exit")))
        await asyncio.sleep(0)
        second.cancel()
        pipes.let_go("held")
        assert (await first.outcome()).observation.text == "held"
        assert await behaves(env)


@synchronous
async def test_a_call_that_is_interrupted_answers_nothing_else(place, pipes):
    def interrupt() -> None:
        pipes.wait_for_step()
        os.kill(os.getpid(), signal.SIGINT)

    async with place.client(Unruly, LookEnv) as env:
        await env.reset()
        interrupter = threading.Thread(target=interrupt)
        interrupter.start()
        with pytest.raises(KeyboardInterrupt):
            await env.step(Look(what="hold", path=pipes.path))
        interrupter.join()
        pipes.let_go("late")
        assert await behaves(env)
