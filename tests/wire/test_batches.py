"""Batches: what is put together comes apart as it was."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openenv.errors import ProtocolError
from openenv.wire import v2
from openenv.wire.batches import apart, merged, together
from openenv.wire.frames import Batch, Failure, Reply, Result, Results, Step
from openenv.wire.values import ARRAY, MAX_DIMENSIONS, Packed, to_msgpack
from tests.wire.strategies import ARRAYS, OBJECTS, REWARDS

FIELDS = st.dictionaries(st.sampled_from(["text", "screen", "count"]), st.integers() | st.text() | ARRAYS, max_size=3)
RESULTS = st.builds(lambda o, r, d, t: Result(0, 0, o, r, d, t), FIELDS, REWARDS, st.booleans(), st.booleans())
FAILURES = st.builds(
    lambda code, message, details: Failure(0, 0, code, message, details), st.text(), st.text(), OBJECTS
)


def batch_of(count: int) -> Batch:
    return Batch(0, 5, [Step(channel, 10 + channel, {}) for channel in range(1, count + 1)])


def same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return bool(one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes())
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    return bool(one == other)


@given(st.lists(RESULTS | FAILURES, min_size=1, max_size=5))
def test_each_request_gets_its_own_answer_back(replies: list[Reply]):
    batch = batch_of(len(replies))
    for request, found, wanted in zip(batch.requests, apart(batch, together(batch, replies)), replies, strict=True):
        assert (found.channel, found.id) == (request.channel, request.id)
        if isinstance(wanted, Failure):
            assert (found.code, found.message, found.details) == (wanted.code, wanted.message, wanted.details)
        else:
            assert same(found.observation, wanted.observation)
            assert (found.reward, found.done, found.truncated) == (wanted.reward, wanted.done, wanted.truncated)


def test_arrays_of_one_shape_travel_as_one_and_arrive_without_a_copy():
    screens = [np.full((2, 3), number, "uint8") for number in range(4)]
    batch = batch_of(4)
    sent = together(batch, [Result(0, 0, {"screen": screen}) for screen in screens])
    found = v2.decode_reply(v2.encode(sent))
    assert found.observations["screen"].shape == (4, 2, 3)
    rows = [result.observation["screen"] for result in apart(batch, found)]
    assert all(row.base is not None and np.array_equal(row, screen) for row, screen in zip(rows, screens, strict=True))


@given(st.data(), st.lists(RESULTS, min_size=2, max_size=6))
def test_answers_to_parts_of_a_batch_are_merged_in_its_order(data: st.DataObject, replies: list[Reply]):
    batch, order = batch_of(len(replies)), data.draw(st.permutations(range(len(replies))))
    cut = data.draw(st.integers(0, len(replies)))
    parts = [
        (places, together(batch_of(len(places)), [replies[place] for place in places]))
        for places in (order[:cut], order[cut:])
        if places
    ]
    whole = merged(batch, parts)
    if whole is None:
        assert len({isinstance(part.observations, dict) and frozenset(part.observations) for _, part in parts}) > 1 or (
            not isinstance(parts[0][1].observations, dict)
        )
        return
    for found, wanted in zip(apart(batch, whole), replies, strict=True):
        assert same(found.observation, wanted.observation)
        assert (found.reward, found.done, found.truncated) == (wanted.reward, wanted.done, wanted.truncated)


def test_parts_that_are_not_of_the_whole_batch_or_have_failed_are_not_merged():
    batch, fine = batch_of(2), Result(0, 0, {"count": 1})
    assert merged(batch, []) is None
    assert merged(batch, [([0], together(batch_of(1), [fine]))]) is None
    failed = together(batch_of(1), [Failure(0, 0, "E", "wrong", {})])
    assert merged(batch, [([0], together(batch_of(1), [fine])), ([1], failed)]) is None


def test_merged_arrays_stay_arrays():
    parts = [([place], together(batch_of(1), [Result(0, 0, {"x": np.full(3, place)})])) for place in (2, 0, 1)]
    whole = merged(batch_of(3), parts)
    assert whole is not None
    assert np.array_equal(whole.observations["x"], [[0] * 3, [1] * 3, [2] * 3])


def test_arrays_of_different_shapes_stay_apart():
    screens = [np.zeros(number, "uint8") for number in range(3)]
    sent = together(batch_of(3), [Result(0, 0, {"screen": screen}) for screen in screens])
    assert isinstance(sent.observations["screen"], list)


def test_an_array_without_dimensions_stays_an_array():
    batch = batch_of(2)
    sent = together(batch, [Result(0, 0, {"score": np.array(number)}) for number in (3, 4)])
    found = [result.observation["score"] for result in apart(batch, v2.decode_reply(v2.encode(sent)))]
    assert [(type(score), score.shape, int(score)) for score in found] == [(np.ndarray, (), 3), (np.ndarray, (), 4)]


def test_arrays_that_have_as_many_dimensions_as_there_may_be_stay_apart():
    batch, deepest = batch_of(2), np.zeros((1,) * MAX_DIMENSIONS)
    sent = together(batch, [Result(0, 0, {"deep": deepest})] * 2)
    found = apart(batch, v2.decode_reply(v2.encode(sent)))
    assert [result.observation["deep"].ndim for result in found] == [MAX_DIMENSIONS] * 2


def test_arrays_for_which_there_is_no_room_together_stay_apart():
    """More than any memory holds: all elements are the same one."""
    endless = np.lib.stride_tricks.as_strided(np.zeros(1, np.uint8), (2**20, 2**20, 2**10), (0, 0, 0))
    sent = together(batch_of(2), [Result(0, 0, {"endless": endless})] * 2)
    assert isinstance(sent.observations["endless"], list)


@pytest.mark.parametrize("column", ["ab", np.array(1.0)], ids=["text", "array without a dimension"])
def test_columns_of_another_kind_are_a_breach_of_the_protocol(column: Any):
    with pytest.raises(ProtocolError, match="neither a list nor an array"):
        apart(batch_of(2), Results(0, 5, {"text": column}, [1.0, 1.0], [False] * 2, [False] * 2))


def test_columns_that_do_not_add_up_are_a_breach_of_the_protocol():
    with pytest.raises(ProtocolError, match="columns of another length"):
        apart(batch_of(2), Results(0, 5, {"text": ["a"]}, [1.0, 1.0], [False] * 2, [False] * 2))


@pytest.mark.parametrize("place", [-1, 2])
def test_a_failure_of_none_of_the_requests_is_a_breach_of_the_protocol(place: int):
    failures = [(place, "E", "wrong", {})]
    with pytest.raises(ProtocolError, match="failure of another request"):
        apart(batch_of(2), Results(0, 5, [None, {}], [None, 1.0], [False] * 2, [False] * 2, failures))


def test_arrays_that_were_passed_on_are_stacked_with_those_that_were_not():
    arrays = [np.full((2, 3), number, np.uint8) for number in range(3)]
    replies: list[Reply] = [Result(0, 0, {"screen": to_msgpack(array)}) for array in arrays[:2]]
    replies.append(Result(0, 0, {"screen": arrays[2]}))
    columns = together(batch_of(3), replies).observations
    assert isinstance(columns, dict)
    assert same(columns["screen"], np.stack(arrays))


def test_an_extension_value_of_an_environments_own_stays_as_it_is():
    own = [Packed(ARRAY, b"junk"), Packed(7, b"")]
    assert together(batch_of(2), [Result(0, 0, {"own": each}) for each in own]).observations == {"own": own}
