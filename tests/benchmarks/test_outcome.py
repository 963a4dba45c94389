import math

import pytest

from benchmarks.case import Metric, Target
from benchmarks.outcome import Outcome, Verdict
from benchmarks.running import run
from tests.benchmarks.contests import RATE, TIME, case_of, scripted


def outcome_of(target: Target, metric: Metric = TIME, **values: list[float]) -> Outcome:
    contestants = [scripted(name, [{metric.name: value} for value in taken]) for name, taken in values.items()]
    case = case_of(*contestants, targets=[target], metric=metric)
    return run(case, case.full)


@pytest.mark.parametrize(("limit", "met"), [(30, True), (29.9, False)])
def test_a_value_is_the_median_in_the_unit_of_the_metric(limit, met):
    target = Target("time", "ours", limit, form="at most")
    assert outcome_of(target, ours=[0.02, 9, 0.03]).verdicts == [Verdict(target, 30, met)]


@pytest.mark.parametrize(("limit", "met"), [(30, True), (30.1, False)])
def test_a_value_that_is_to_be_high_is_the_median_too(limit, met):
    target = Target("time", "ours", limit, form="at least")
    assert outcome_of(target, ours=[0.02, 9, 0.03]).verdicts == [Verdict(target, 30, met)]


@pytest.mark.parametrize(("limit", "met"), [(2, True), (1.9, False)])
def test_a_ratio_is_the_median_of_those_within_a_round(limit, met):
    """The machine is ten times slower in the second round: ratios of medians would differ."""
    target = Target("time", "ours", limit, form="at most times", beside="raw")
    assert outcome_of(target, ours=[2, 20, 3], raw=[1, 10, 3]).verdicts == [Verdict(target, 2, met)]


@pytest.mark.parametrize(("limit", "met"), [(4, True), (4.1, False)])
def test_a_shorter_time_is_times_better(limit, met):
    target = Target("time", "ours", limit, form="times better", beside="theirs")
    assert outcome_of(target, ours=[1, 1, 1], theirs=[4, 3, 5]).verdicts == [Verdict(target, 4, met)]


@pytest.mark.parametrize(("limit", "met"), [(4, True), (4.1, False)])
def test_a_higher_rate_is_times_better(limit, met):
    target = Target("rate", "ours", limit, form="times better", beside="theirs")
    assert outcome_of(target, RATE, ours=[4, 3, 5], theirs=[1, 1, 1]).verdicts == [Verdict(target, 4, met)]


def test_nothing_at_all_is_infinitely_less():
    target = Target("rate", "ours", 2, form="times better", beside="theirs")
    assert outcome_of(target, RATE, ours=[4, 3, 5], theirs=[0, 0, 0]).verdicts == [Verdict(target, math.inf, True)]


def test_the_middle_half_leaves_out_the_rounds_that_were_disturbed():
    target = Target("time", "ours", 1, form="at most")
    assert outcome_of(target, ours=[0.001, 0.003, 0.005]).samples("time", "ours").middle_half == (2, 4)
