"""Batches for the seats of one object: what it returns, and what it does not."""

import numpy as np
import pytest

from openenv import Transitions
from openenv.contract.adapters import adapter_of
from openenv.sessions.vector_calls import VectorCalls
from openenv.wire.batches import apart
from openenv.wire.frames import Batch, Failure, Result, Step
from tests.vector.environments import Do, Many

WRONG = {"what": 7}


class NearlyAnArray:
    """It has a length and a dtype, and no values."""

    dtype = np.dtype("int64")

    def __len__(self):
        return 2


class Columns(Many):
    """Its steps have this column."""

    def __init__(self, column):
        super().__init__(4)
        self._column = column

    def step(self, episodes, actions):
        count = len(episodes)
        return Transitions({"number": self._column}, [0.0] * count, [False] * count, [False] * count, [])


def answers(environment, steps):
    batch = Batch(0, 5, [Step(channel, 10 + channel, fields) for channel, fields in steps])
    calls = VectorCalls(environment, seats=4, action=adapter_of(Do))
    return apart(batch, calls.answer(batch, failed))


def failed(request, error):
    return Failure(request.channel, request.id, type(error).__name__, str(error), {})


@pytest.mark.parametrize("column", [NearlyAnArray(), np.int64(1), np.array(1), None, [1]])
@pytest.mark.parametrize("wrong", [(), ((2, WRONG),)], ids=["whole", "with a seat that is refused"])
def test_columns_that_are_none_are_a_failure_of_all_that_were_in_the_call(column, wrong):
    found = answers(Columns(column), [(1, {}), *wrong, (3, {})])
    assert [type(answer) for answer in found] == [Failure] * (2 + len(wrong))


def test_seats_that_are_refused_fail_alone_and_the_others_are_answered_in_the_batchs_order():
    found = answers(Columns(np.array([10, 20])), [(3, {}), (2, WRONG), (1, {})])
    assert [type(answer) for answer in found] == [Result, Failure, Result]
    assert [found[0].observation["number"], found[2].observation["number"]] == [20, 10]
    assert [answer.id for answer in found] == [13, 12, 11]


def test_seats_in_another_order_are_answered_in_the_batchs():
    found = answers(Columns(np.array([10, 20, 30])), [(3, {}), (1, {}), (2, {})])
    assert [answer.observation["number"] for answer in found] == [30, 10, 20]


def test_what_a_call_raises_is_noted_once_and_answers_all_that_were_in_it():
    raised = []

    def note(request, error):
        raised.append(error)
        return failed(request, error)

    batch = Batch(0, 5, [Step(channel, 10 + channel, {}) for channel in (2, 1, 3)])
    calls = VectorCalls(Columns(None), seats=4, action=adapter_of(Do))
    found = apart(batch, calls.answer(batch, note))
    assert len(raised) == 1
    assert {(answer.channel, answer.id, answer.code) for answer in found} == {
        (channel, 10 + channel, "TypeError") for channel in (1, 2, 3)
    }
