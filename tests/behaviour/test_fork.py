"""A live session is forked into others that go on from the same state; the original stays as it was."""

import os
import signal
from functools import partial

import pytest

from openenv.errors import (
    ExecutionError,
    SessionCrashed,
    UnsupportedOperation,
    ValidationError,
)
from tests.behaviour.forking import (
    AwaitedTable,
    BrittleTable,
    CopiedTable,
    FixedTable,
    OddTable,
    Roll,
    SavedTable,
    Table,
    TableEnv,
    VagueTable,
)
from tests.behaviour.interrupts import abandon, interruptible
from tests.behaviour.places import EMBEDDED, IN_PROCESS, IN_PROCESSES, INLINE, ON_THREADS, over
from tests.behaviour.remains import eventually, family, is_gone, parent_of


def on_v2(*groups: list) -> pytest.MarkDecorator:
    return over([way for group in groups for way in group if way.wire == "v2"])


everywhere = on_v2(IN_PROCESS, EMBEDDED, ON_THREADS, IN_PROCESSES, INLINE)
in_a_process = on_v2(EMBEDDED, IN_PROCESSES)
in_a_shared_process = on_v2(IN_PROCESS, ON_THREADS, INLINE)
HOSTS_WITH_PROCESSES = ("embedded", "process")


def forkable_in(place) -> type:
    """An environment that can be forked there."""
    return Table if place.way.host in HOSTS_WITH_PROCESSES else CopiedTable


async def totals(clients) -> list[int]:
    return [(await client.state()).step_count for client in clients]


@everywhere
async def test_branches_go_on_from_the_same_state_and_the_original_stays_as_it_was(place):
    async with place.client(forkable_in(place), TableEnv) as env:
        await env.reset(seed=7)
        await env.step(Roll())
        branches = await env.fork(3)
        for times, branch in enumerate(branches):
            for _ in range(times):
                await branch.step(Roll())
        assert await totals([env, *branches]) == [1, 1, 2, 3]
        await env.step(Roll())
        assert await totals([env, *branches]) == [2, 1, 2, 3]


@everywhere
@pytest.mark.parametrize("kind", [CopiedTable, SavedTable])
async def test_an_environment_that_says_how_is_forked_wherever_it_runs(place, kind):
    await check_that_it_is_forked(place, kind)


@in_a_shared_process
async def test_an_environment_on_an_event_loop_is_forked_by_its_snapshots(place):
    await check_that_it_is_forked(place, AwaitedTable)


async def check_that_it_is_forked(place, kind: type) -> None:
    async with place.client(kind, TableEnv) as env:
        await env.reset(seed=7)
        await env.step(Roll())
        branch, other = await env.fork(2)
        wanted = (await env.step(Roll())).observation
        found = (await branch.step(Roll())).observation
        assert (found.throws[0], found.total) == (wanted.throws[0], wanted.total)
        assert await totals([env, branch, other]) == [2, 2, 1]


@in_a_process
async def test_what_is_random_goes_on_alike_in_all_branches(place):
    async with place.client(Table, TableEnv) as env:
        await env.reset(seed=7)
        branches = await env.fork(2)
        first, second, original = [(await client.step(Roll())).observation.throws for client in (*branches, env)]
        assert first == second == original


@everywhere
async def test_what_is_random_differs_between_branches_that_are_reseeded(place):
    async with place.client(forkable_in(place), TableEnv) as env:
        await env.reset(seed=7)
        branches = await env.fork(3, reseed=True)
        wholly = 3 if place.way.host in HOSTS_WITH_PROCESSES else 1  # the process's generators are shared where it is
        drawn = [(await client.step(Roll())).observation.throws[:wholly] for client in (*branches, env)]
        assert len({number for throws in drawn for number in throws}) == 4 * wholly


@everywhere
async def test_a_branch_can_be_forked_and_reset_like_any_other_session(place):
    async with place.client(forkable_in(place), TableEnv) as env:
        await env.reset(seed=7)
        (branch,) = await env.fork(1)
        await branch.step(Roll())
        (grandchild,) = await branch.fork(1)
        await branch.reset(seed=8)
        await grandchild.step(Roll())
        assert await totals([env, branch, grandchild]) == [0, 0, 2]


@everywhere
async def test_branches_are_closed_with_their_parent_unless_they_are_closed_before(place, tmp_path):
    async with place.client(forkable_in(place), TableEnv) as env:
        await env.reset(farewell=str(tmp_path / "farewell"))
        first, _ = await env.fork(2)
        await first.step(Roll())
        await first.close()
        assert (tmp_path / "farewell").read_text() == "1\n"
        assert (await env.step(Roll())).observation.total == 1
    assert sorted((tmp_path / "farewell").read_text().split()) == ["0", "1", "1"]


@in_a_process
async def test_a_branch_has_a_process_of_its_own_whose_death_is_its_own(place):
    async with place.client(Table, TableEnv) as env:
        await env.reset()
        branches = await env.fork(2)
        processes = [(await client.step(Roll())).observation.process for client in (env, *branches)]
        assert len(set(processes)) == 3
        with pytest.raises(SessionCrashed) as caught:
            await branches[0].step(Roll(what="die"))
        assert caught.value.signal == "SIGKILL"
        assert await totals([env, branches[1]]) == [1, 1]


@in_a_process
async def test_branches_outlive_the_process_that_they_were_copied_from(place):
    async with place.client(Table, TableEnv) as env:
        await env.reset()
        (branch,) = await env.fork(1)
        with pytest.raises(SessionCrashed):
            await env.step(Roll(what="die"))
        assert (await branch.step(Roll())).observation.total == 1


@over(EMBEDDED)
async def test_what_a_branch_prints_reaches_standard_error(place, capfd):
    async with place.client(Table, TableEnv) as env:
        await env.reset()
        (branch,) = await env.fork(1)
        await branch.step(Roll(what="print"))
        heard = ""

        def is_heard() -> bool:
            nonlocal heard
            heard += capfd.readouterr().err
            return "printed by a branch" in heard

        assert await place.blocking(eventually, is_heard)


@in_a_process
async def test_a_killed_branch_leaves_no_process(place):
    async with place.client(Table, TableEnv) as env:
        await env.reset()
        (branch,) = await env.fork(1)
        process = (await branch.step(Roll())).observation.process
        os.kill(process, signal.SIGKILL)
        with pytest.raises(SessionCrashed):
            await branch.step(Roll())
        assert await place.blocking(eventually, lambda: is_gone(process))


# What cannot be forked.


@in_a_process
async def test_a_session_whose_process_has_threads_is_not_forked_and_lives_on(place):
    async with place.client(Table, TableEnv) as env:
        await env.reset()
        await env.step(Roll(what="start a thread"))
        with pytest.raises(UnsupportedOperation, match=r"other threads \(waiting for ever"):
            await env.fork(2)
        assert (await env.step(Roll())).observation.total == 2


@in_a_process
async def test_a_session_with_processes_of_its_own_is_not_forked_until_they_have_ended(place):
    async with place.client(Table, TableEnv) as env:
        await env.reset()
        await env.step(Roll(what="start a process"))
        with pytest.raises(UnsupportedOperation, match="it has started processes"):
            await env.fork(1)
        await env.step(Roll(what="end the process"))
        (branch,) = await env.fork(1)
        assert (await branch.state()).step_count == 2


@everywhere
async def test_a_class_can_say_that_it_is_not_forked(place):
    async with place.client(FixedTable, TableEnv) as env:
        await env.reset()
        with pytest.raises(UnsupportedOperation, match="FixedTable cannot be forked"):
            await env.fork(1)
        assert (await env.step(Roll())).observation.total == 1


@in_a_process
async def test_an_environment_on_an_event_loop_is_not_forked_with_its_process(place):
    async with place.client(AwaitedTable, TableEnv) as env:
        await env.reset()
        with pytest.raises(UnsupportedOperation, match=r"other threads \(openenv-loop-AwaitedTable"):
            await env.fork(1)


@in_a_shared_process
async def test_an_environment_that_does_not_say_how_is_not_forked_out_of_a_shared_process(place):
    async with place.client(Table, TableEnv) as env:
        await env.reset()
        with pytest.raises(
            UnsupportedOperation, match="override fork, or snapshot and restore, or run its sessions in"
        ):
            await env.fork(1)
        assert (await env.step(Roll())).observation.total == 1


@everywhere
async def test_a_fork_that_raises_is_an_execution_error_and_leaves_no_branch(place):
    async with place.client(BrittleTable, TableEnv) as env:
        await env.reset()
        with pytest.raises(ExecutionError) as caught:
            await env.fork(2)
        assert (caught.value.message, caught.value.exception_type) == ("the table broke", "RuntimeError")
        assert (await env.step(Roll())).observation.total == 1


async def check_that_it_is_refused(place, what: str, why: str) -> None:
    async with place.client(OddTable, TableEnv) as env:
        await env.reset()
        await env.step(Roll(what=what))
        with pytest.raises(ExecutionError, match=why) as caught:
            await env.fork(2)
        assert caught.value.exception_type == "TypeError"
        assert (await env.step(Roll())).observation.total == 2


@everywhere
@pytest.mark.parametrize(("what", "returned"), [("nothing", "NoneType"), ("another", "Table")])
async def test_what_is_no_environment_of_the_same_class_is_no_branch(place, what, returned):
    await check_that_it_is_refused(place, what, f"OddTable.fork returned {returned}, not another OddTable")


@in_a_shared_process
async def test_an_environment_is_no_branch_of_itself(place):
    await check_that_it_is_refused(place, "itself", "OddTable.fork returned the environment itself")


@in_a_process
async def test_a_branch_that_dies_while_others_are_made_is_noticed_and_leaves_no_branch(place, tmp_path):
    async with place.client(OddTable, TableEnv) as env:
        await env.reset(farewell=str(tmp_path / "farewell"))
        await env.step(Roll(what="one dies"))
        with pytest.raises(ExecutionError, match="a branch ended before it was ready"):
            await env.fork(3)
        assert (await env.step(Roll())).observation.total == 2


@in_a_process
async def test_branches_that_are_being_made_end_with_what_they_are_copied_from(place, tmp_path):
    farewell = tmp_path / "farewell"
    farewell.touch()
    async with place.client(OddTable, TableEnv) as env:
        await env.reset(farewell=str(farewell))
        original = (await env.step(Roll(what="hang"))).observation.process
        forking = place.begin(env.fork(2))
        assert await place.blocking(eventually, lambda: len(farewell.read_text().split()) == 2)
        os.kill(original, signal.SIGKILL)
        assert isinstance(await forking.outcome(), SessionCrashed)
        for branch in map(int, farewell.read_text().split()):
            assert await place.blocking(eventually, lambda branch=branch: is_gone(branch))


@over(EMBEDDED)
async def test_a_fork_that_is_given_up_leaves_no_process(place):
    async with place.client(Table, TableEnv) as env:
        await env.reset()
        process = (await env.step(Roll())).observation.process
        zygote = parent_of(process)
        before = family(zygote)

        def is_under_way() -> bool:
            return family(zygote) != before

        with interruptible():
            for _ in range(5):
                await abandon(place, env.fork(16), when=partial(eventually, is_under_way))
                assert await place.blocking(eventually, lambda: not is_under_way())
        assert (await env.state()).step_count == 1


@over([way for way in (*ON_THREADS, *IN_PROCESSES) if way.wire == "v1"])
async def test_on_v1_there_is_no_fork_and_the_session_lives_on(place):
    async with place.client(CopiedTable, TableEnv) as env:
        await env.reset()
        for call in (lambda: env.fork(1), env.snapshot, lambda: env.restore(b"")):
            with pytest.raises(UnsupportedOperation, match="the server speaks protocol v1, which has no"):
                await call()
        assert (await env.step(Roll())).observation.total == 1


@on_v2(EMBEDDED, ON_THREADS)
@pytest.mark.parametrize("count", [0, -1, 1025, 1.5, True, "2", None])
async def test_a_number_of_branches_that_makes_no_sense_is_refused(place, count):
    async with place.client(CopiedTable, TableEnv) as env:
        await env.reset()
        with pytest.raises(ValueError, match="forked into 1 to 1,024 others"):
            await env.fork(count)


# Snapshots.


@everywhere
async def test_a_snapshot_brings_an_episode_back_in_the_same_session_and_in_another(place):
    async with place.client(SavedTable, TableEnv) as env, place.client(SavedTable, TableEnv) as other:
        await env.reset(seed=7)
        await env.step(Roll())
        snapshot = await env.snapshot()
        wanted = [(await env.step(Roll())).observation.throws[0] for _ in range(3)]
        for client in (env, other):
            await client.restore(snapshot)
            assert [(await client.step(Roll())).observation.throws[0] for _ in range(3)] == wanted
            assert (await client.state()).step_count == 4


@everywhere
async def test_an_environment_without_snapshots_says_so_and_lives_on(place):
    async with place.client(CopiedTable, TableEnv) as env:
        await env.reset()
        with pytest.raises(UnsupportedOperation, match="CopiedTable does not override snapshot"):
            await env.snapshot()
        assert (await env.step(Roll())).observation.total == 1


@everywhere
async def test_what_is_no_snapshot_of_this_environment_and_version_is_refused_and_nothing_changes(place):
    async with place.client(AwaitedTable, TableEnv) as another, place.client(SavedTable, TableEnv) as env:
        await another.reset()
        await env.reset()
        await env.step(Roll())
        foreign, mine = await another.snapshot(), await env.snapshot()
        older = mine.replace(b"SavedTable\x03", b"SavedTable\x02")
        for snapshot, why in (
            (b"", "this is no snapshot"),
            (b"\xc1", "this is no snapshot"),
            (foreign, "the snapshot is of AwaitedTable, version 3; this is SavedTable, version 3"),
            (older, "the snapshot is of SavedTable, version 2; this is SavedTable, version 3"),
        ):
            with pytest.raises(ValidationError, match=why):
                await env.restore(snapshot)
        assert (await env.state()).step_count == 1


@over(EMBEDDED)
async def test_a_snapshot_that_nobody_could_restore_is_not_taken(place):
    async with place.client(VagueTable, TableEnv) as env:
        await env.reset()
        with pytest.raises(ExecutionError, match=r"SNAPSHOT_VERSION is '1\.0', not an integer"):
            await env.snapshot()
