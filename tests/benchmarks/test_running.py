from collections.abc import Iterator, Mapping

import pytest

from benchmarks.case import Effort
from benchmarks.processes import ContestantFailed
from benchmarks.running import run
from tests.benchmarks.contests import case_of, scripted


def values_and_a_failure() -> Iterator[Mapping[str, float]]:
    yield {"time": 1}
    raise ContestantFailed("it would not")


def test_contestants_take_turns_and_none_always_follows_the_same_one():
    log: list[str] = []
    case = case_of(scripted("a", [{"time": 1}] * 3, log=log), scripted("b", [{"time": 1}] * 3, log=log))
    run(case, case.full)
    assert log == ["a opens", "b opens", "a", "b", "b", "a", "a", "b", "b closes", "a closes"]


def test_contestants_are_started_as_often_as_is_asked():
    log: list[str] = []
    case = case_of(scripted("a", [{"time": 1}] * 3, log=log), scripted("b", [{"time": 2}] * 3, log=log))
    done: list[int] = []
    outcome = run(case, Effort(rounds=3, starts=2), on_round=done.append)
    opens, closes = ["a opens", "b opens"], ["b closes", "a closes"]
    first, second = ["a", "b", "b", "a", "a", "b"], ["b", "a", "a", "b", "b", "a"]
    assert log == [*opens, *first, *closes, *opens, *second, *closes]
    assert done == [1, 2, 3, 4, 5, 6]
    assert outcome.samples("time", "b").values == (2000,) * 6


def test_all_contestants_are_closed_when_one_fails():
    log: list[str] = []
    case = case_of(scripted("a", [{"time": 1}] * 3, log=log), scripted("b", values_and_a_failure(), log=log))
    with pytest.raises(ContestantFailed, match="it would not"):
        run(case, case.full)
    assert log == ["a opens", "b opens", "a", "b", "b", "b closes", "a closes"]
