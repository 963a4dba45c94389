"""Slots: never more than there are, in the order of asking, several at once or none."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openenv.errors import CapacityError, ServerDraining
from openenv.sessions.capacity import Queue, Slots

LIMIT = 4
PATIENT, HURRIED = Queue(), Queue(max_wait_s=0.01)


def on_a_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    def run(*args: Any) -> None:
        asyncio.run(test(*args))

    return run


async def turns() -> None:
    """Let everything happen that can happen now."""
    for _ in range(5):
        await asyncio.sleep(0)


@on_a_loop
async def test_who_waits_longest_gets_what_becomes_free_and_nobody_overtakes():
    slots, got = Slots(), list[str]()

    async def take(name: str, count: int) -> None:
        await slots.take(LIMIT, PATIENT, count=count)
        got.append(name)

    async with asyncio.TaskGroup() as group:
        for name, count in (("first", 3), ("many", 4), ("one", 1)):
            group.create_task(take(name, count))
            await turns()
        assert got == ["first"]
        slots.free(LIMIT, count=3)
        await turns()
        assert got == ["first", "many"]
        slots.free(LIMIT, count=4)
        await turns()
        assert got == ["first", "many", "one"]


@on_a_loop
async def test_who_gives_up_lets_those_behind_pass():
    slots = Slots()
    await slots.take(LIMIT, PATIENT, count=3)
    many = asyncio.create_task(slots.take(LIMIT, HURRIED, count=2))
    await turns()
    one = asyncio.create_task(slots.take(LIMIT, PATIENT))
    with pytest.raises(CapacityError, match=r"none became free within 0\.01 s"):
        await many
    await one
    assert (slots.taken, slots.waiting) == (4, 0)


@on_a_loop
async def test_more_slots_than_there_are_is_refused_at_once():
    slots = Slots()
    with pytest.raises(CapacityError, match="0 of 4 sessions are in use; 5 more are asked for at once"):
        await slots.take(LIMIT, PATIENT, count=5)
    assert slots.waiting == 0


@on_a_loop
async def test_those_who_wait_when_nobody_gets_one_any_more_have_taken_none():
    slots = Slots()
    await slots.take(LIMIT, PATIENT, count=4)
    waiting = [asyncio.create_task(slots.take(LIMIT, PATIENT)) for _ in range(3)]
    await turns()
    slots.refuse_all(ServerDraining("the server is ending"))
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert list(map(type, outcomes)) == [ServerDraining] * 3
    assert slots.taken == 4


@given(st.lists(st.tuples(st.integers(1, LIMIT), st.sampled_from(["free", "cancel", "wait"]))))
def test_no_more_are_taken_than_there_are_and_all_come_back(orders: list[tuple[int, str]]):
    async def play() -> None:
        slots, held = Slots(), list[int]()

        async def take(count: int) -> None:
            await slots.take(LIMIT, PATIENT, count=count)
            held.append(count)

        tasks = []
        for count, then in orders:
            tasks.append(asyncio.create_task(take(count)))
            await turns()
            if then == "free" and held:
                slots.free(LIMIT, count=held.pop(0))
            if then == "cancel":
                tasks[0].cancel()
            await turns()
            assert slots.taken == sum(held) <= LIMIT
        while held:
            slots.free(LIMIT, count=held.pop())
            await turns()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (slots.taken, slots.waiting) == (0, 0)

    asyncio.run(play())
