"""The figures that are ratios, with room for a machine that does other things: what becomes slow shows here at once.

The targets themselves, and whether they are met, are what ``make bench`` reports.
"""

from dataclasses import replace

import pytest

from benchmarks.case import Case, Effort, Target
from benchmarks.cases import all_cases, connections, many_sessions
from benchmarks.running import run

ROOM = 2.5
MORE_ROOM = {connections.INLINE: 5.0}
"""Where a target is ahead of what is reached: what would be noticed is the half of that."""
ATTEMPTS = 3
"""Others may keep the machine busy for as long as one takes; what has become slow stays slow."""
EFFORT = Effort(rounds=5, seconds=0.1)
CASES = {case.name: case for case in all_cases()}
SESSIONS = 1024


def only(case: Case, targets: list[Target]) -> Case:
    """The case with the contestants of these targets alone."""
    wanted = {name for target in targets for name in (target.contestant, target.beside)}
    contestants = tuple(contestant for contestant in case.contestants if contestant.name in wanted)
    return replace(case, contestants=contestants, targets=tuple(targets))


def with_room(target: Target) -> Target:
    room = MORE_ROOM.get(target.contestant, ROOM)
    return replace(target, limit=target.limit / room if target.form == "times better" else target.limit * room)


# The embedded step is measured beside a raw echo, which is over before the scheduler turns to anybody else: on a busy
# machine their ratio says how busy it is. `make bench` reports it, with the share that other programs had.
@pytest.mark.timeout(360)
@pytest.mark.parametrize(
    "name",
    [
        "websocket-step",
        "inline-step",
        "process-step",
        "websocket-arrays",
        "codec",
        "connections",
        "inline-connections",
    ],
)
def test_a_ratio_stays_within_its_budget(name):
    case = CASES[name]
    ratios = [with_room(target) for target in case.targets if target.form not in ("at most", "at least")]
    assert ratios, "this case has no ratio to look at"
    missed: list[tuple[Target, float]] = []
    for _ in range(ATTEMPTS):
        verdicts = run(only(case, ratios), EFFORT).verdicts
        missed = [(verdict.target, verdict.measured) for verdict in verdicts if not verdict.met]
        if not missed:
            break
    assert missed == []


def test_a_client_process_holds_no_more_modules_than_it_may():
    case = CASES["client-process"]
    target = replace(next(target for target in case.targets if target.metric == "modules"), beside=None)
    (verdict,) = run(only(case, [target]), Effort(rounds=1)).verdicts
    assert verdict.measured <= target.limit


@pytest.mark.timeout(120)
def test_many_sessions_are_all_held_open_in_the_memory_that_they_may_have():
    case = many_sessions.case(SESSIONS)
    targets = [replace(target, beside=None) for target in case.targets if target.metric != "whole run"]
    verdicts = run(only(case, targets), Effort(rounds=1)).verdicts
    assert [(verdict.target, verdict.measured) for verdict in verdicts if not verdict.met] == []
    assert [verdict.target.metric for verdict in verdicts] == ["held open", "memory"]
