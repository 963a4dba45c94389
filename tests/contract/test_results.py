"""What the client returns for ``reset`` and ``step``."""

import dataclasses

import pytest

from openenv import StepResult


def test_the_fields_come_in_the_reference_s_order_and_then_truncated():
    assert [field.name for field in dataclasses.fields(StepResult)] == [
        "observation",
        "reward",
        "done",
        "metadata",
        "truncated",
    ]


def test_only_the_observation_is_needed():
    assert StepResult("seen") == StepResult("seen", None, False, {}, False)


@pytest.mark.parametrize(
    ("done", "truncated", "terminated"),
    [(False, False, False), (True, False, True), (True, True, False), (False, True, False)],
)
def test_terminated_is_done_and_not_truncated(done: bool, truncated: bool, terminated: bool):
    assert StepResult("seen", done=done, truncated=truncated).terminated is terminated
