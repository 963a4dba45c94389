"""Where an environment lives: its thread, its event loop, its process, and where its output goes."""

import os
import select
from pathlib import Path

from tests.behaviour.colours import BOUND_S
from tests.behaviour.living import Look, LookEnv, Loud, Stay, Ticker
from tests.behaviour.places import embedded, everywhere, in_a_process_of_its_own, in_one_thread, through_a_server

EVERYTHING_PRINTED = [
    "printed while it was made",
    "printed by reset",
    "printed without a flush",
    "written below Python",
    "printed by a child",
    "printed as an error",
    "printed by close",
]


def read_from_pipe(path: Path, count: int) -> bytes:
    """The next bytes that somebody writes into a pipe."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    received = b""
    try:
        while len(received) < count:
            ready, _, _ = select.select([descriptor], [], [], BOUND_S)
            assert ready, "nobody writes into the pipe"
            received += os.read(descriptor, count - len(received))
    finally:
        os.close(descriptor)
    return received


@everywhere
async def test_asynchronous_methods_win_over_the_synchronous_ones(place):
    env = await place.shared(Ticker, LookEnv)
    first = await env.reset()
    second = await env.step(Look())
    assert "the synchronous one" not in (first.observation.text, second.observation.text)


@everywhere
async def test_an_environment_that_awaits_is_made_called_and_closed_on_one_loop(place, tmp_path):
    async with place.client(Ticker, LookEnv) as env:
        first = await env.reset(farewell=str(tmp_path / "farewell"))
        second = await env.step(Look())
    texts = (first.observation.text, second.observation.text, (tmp_path / "farewell").read_text())
    assert texts == ("the same loop and thread",) * 3


@everywhere
async def test_the_loop_of_an_environment_turns_between_the_calls(place, tmp_path):
    os.mkfifo(tmp_path / "ticks")
    async with place.client(Ticker, LookEnv) as env:
        await env.reset(pipe=str(tmp_path / "ticks"))
        assert await place.blocking(read_from_pipe, tmp_path / "ticks", 3) == b"..."


@everywhere
async def test_a_step_may_wait_for_a_task_of_the_environments_own(place):
    env = await place.shared(Ticker, LookEnv)
    await env.reset()
    before = (await env.state()).step_count
    await env.step(Look(what="wait for ticks"))
    assert (await env.state()).step_count >= before + 3


@in_one_thread
async def test_an_environment_is_made_called_and_closed_in_one_thread(place, tmp_path):
    async with place.client(Stay, LookEnv) as env:
        first = await env.reset(farewell=str(tmp_path / "farewell"))
        second = await env.step(Look())
        third = (await env.state()).episode_id
    texts = (first.observation.text, second.observation.text, third, (tmp_path / "farewell").read_text())
    assert texts == ("the same thread",) * 4


@in_a_process_of_its_own
async def test_each_session_has_a_process_of_its_own(place):
    async with place.client(Stay, LookEnv) as one, place.client(Stay, LookEnv) as other:
        await one.reset()
        await other.reset()
        processes = {(await one.state()).step_count, (await other.state()).step_count, os.getpid()}
    assert len(processes) == 3


@embedded
async def test_what_an_environment_prints_reaches_the_standard_error_and_not_the_channel(place, capfd):
    async with place.client(Loud, LookEnv) as env:
        texts = [(await env.reset()).observation.text, (await env.step(Look())).observation.text]
    printed = capfd.readouterr()
    assert texts == ["ready", "done"]
    assert (printed.out, sorted(printed.err.splitlines())) == ("", sorted(EVERYTHING_PRINTED))


@through_a_server
async def test_what_a_served_environment_prints_stays_with_the_server(place):
    async with place.client(Loud, LookEnv) as env:
        texts = [(await env.reset()).observation.text, (await env.step(Look())).observation.text]
    assert texts == ["ready", "done"]
