"""Taking an observation apart, and putting it together again."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pytest
from pydantic import BaseModel

from openenv import Observation, StepResult
from openenv.contract.adapters import adapter_of
from openenv.contract.transition import handed_over, left_whole, metadata_of, put_together, take_apart
from openenv.errors import ExecutionError, InvalidReward, ValidationError
from tests.contract.kinds import DataclassSight, Kind, PydanticSight, StructSight, each_kind


class Taken(NamedTuple):
    observation: dict[str, Any]
    reward: float | None
    done: bool
    truncated: bool


def taken_apart(observation: Any) -> Taken:
    return Taken(*take_apart(observation, source="Walk.step"))


def put_back(observation: Any, model: type[Any]) -> StepResult[Any]:
    return put_together(*taken_apart(observation), adapter=adapter_of(model))


# Taking apart.


@each_kind
def test_reward_and_done_are_beside_the_observation(kind: Kind):
    transition = taken_apart(kind.Sight(result="seen", done=True))
    transition.observation.pop("metadata", None)
    assert transition == ({"result": "seen"}, None, True, False)


@dataclass
class Bare:
    result: str


class BareStruct(msgspec.Struct):
    result: str


@pytest.mark.parametrize("observation", [Bare("seen"), BareStruct("seen")], ids=["dataclass", "struct"])
def test_what_a_model_does_not_have_counts_as_false_none_and_empty(observation: Any):
    assert taken_apart(observation) == ({"result": "seen"}, None, False, False)


def test_metadata_stay_in_the_observation_and_are_beside_it():
    transition = taken_apart(PydanticSight(result="seen", metadata={"a": 1}))
    assert transition == ({"metadata": {"a": 1}, "result": "seen"}, None, False, False)


class TextMetadata(msgspec.Struct):
    metadata: str


def test_metadata_that_are_no_dict_are_a_field_like_any_other():
    assert taken_apart(TextMetadata("text")) == ({"metadata": "text"}, None, False, False)


def test_truncated_leaves_the_observation():
    transition = taken_apart(PydanticSight(result="seen", done=True, truncated=True))
    assert transition == ({"metadata": {}, "result": "seen"}, None, True, True)


class Truncating(Observation):
    truncated: bool = False


def test_truncated_stays_where_the_model_itself_declares_it():
    transition = taken_apart(Truncating(truncated=True))
    assert transition == ({"truncated": True, "metadata": {}}, None, False, True)


@pytest.mark.parametrize(("word", "truncated"), [(True, True), (False, False), ("late", False), (None, False)])
def test_truncated_in_the_metadata_counts_where_it_is_true(word: Any, truncated: bool):
    transition = taken_apart(PydanticSight(result="seen", metadata={"truncated": word}))
    assert (transition.truncated, metadata_of(transition.observation)) == (truncated, {"truncated": word})


@pytest.mark.parametrize("value", [None, 1, "text", {"result": "seen"}, [1], object(), PydanticSight], ids=repr)
def test_what_is_no_model_is_a_type_error_that_names_the_method(value: Any):
    with pytest.raises(TypeError, match=r"Walk.step returned \w+, not an observation"):
        taken_apart(value)


# Rewards.


@dataclass
class Rewarded:
    reward: Any


@pytest.mark.parametrize(
    ("reward", "plain"),
    [
        (None, None),
        (1.5, 1.5),
        (-3, -3),
        (True, True),
        (10**300, 10**300),
        (np.float64(0.5), 0.5),
        (np.float32(0.5), 0.5),
        (np.float16(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.array(0.5), 0.5),
    ],
    ids=repr,
)
def test_a_finite_number_is_a_reward_as_a_plain_number(reward: Any, plain: Any):
    found = taken_apart(Rewarded(reward)).reward
    assert (type(found), found) == (type(plain), plain)


@pytest.mark.parametrize(
    "reward",
    [
        float("nan"),
        float("inf"),
        float("-inf"),
        np.float32("nan"),
        np.float64("inf"),
        np.array(np.nan),
        10**400,
        -(10**400),
        "1.0",
        "",
        [1.0],
        {},
        1j,
        Decimal("1.5"),
        np.array([1.0]),
        np.zeros(3),
        np.str_("1"),
    ],
    ids=lambda reward: repr(reward)[:20],
)
def test_anything_else_is_an_error_that_names_the_environment(reward: Any):
    with pytest.raises(InvalidReward, match=r"^Walk.step returned the reward .*; a reward is None or a finite number"):
        taken_apart(Rewarded(reward))


def test_an_invalid_reward_is_a_fault_of_the_environment_s():
    assert issubclass(InvalidReward, ExecutionError)


def test_a_long_reward_is_cut_in_the_error():
    with pytest.raises(InvalidReward) as caught:
        taken_apart(Rewarded("x" * 10**6))
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "observation",
    [
        PydanticSight(result="", reward=float("nan")),
        PydanticSight.model_construct(result="", reward=np.float32("inf")),
    ],
)
def test_pydantic_s_numbers_are_checked_too(observation: Any):
    with pytest.raises(InvalidReward):
        taken_apart(observation)


# Putting together.


@pytest.mark.parametrize(
    "observation",
    [
        PydanticSight(result="seen", reward=1.5, done=True, metadata={"a": 1}),
        PydanticSight(result="seen"),
        Truncating(truncated=True, reward=1),
        DataclassSight("seen", True),
        StructSight("seen", True),
        Bare("seen"),
        BareStruct("seen"),
    ],
    ids=repr,
)
def test_the_client_gets_an_equal_observation(observation: Any):
    result = put_back(observation, type(observation))
    assert result.observation == observation


def test_the_client_gets_the_outcome_beside_it():
    observation = PydanticSight(result="seen", reward=1.5, done=True, truncated=True, metadata={"a": 1})
    told = {"a": 1, "truncated": True}
    result = put_back(observation, PydanticSight)
    assert result == StepResult(observation.model_copy(update={"metadata": told}), 1.5, True, told, True)


def test_without_a_model_the_client_gets_a_dict():
    result = put_back(PydanticSight(result="seen", reward=1.5), dict)
    assert result == StepResult({"metadata": {}, "result": "seen"}, 1.5, False, {}, False)


def test_an_observation_that_does_not_fit_is_a_validation_error():
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        put_back(Bare("seen"), Observation)


def test_the_transition_is_not_changed_by_what_is_made_of_it():
    transition = taken_apart(PydanticSight(result="seen", reward=1.5, metadata={"a": 1}))
    put_together(*transition, adapter=adapter_of(Bare))
    assert transition == ({"metadata": {"a": 1}, "result": "seen"}, 1.5, False, False)


@pytest.mark.parametrize(
    ("observation", "wanted"),
    [
        ({"position": 1}, {"position": 1, "metadata": {"truncated": True}}),
        ({"metadata": {"a": 1}}, {"metadata": {"a": 1, "truncated": True}}),
        ({"metadata": {"truncated": False}}, {"metadata": {"truncated": True}}),
        ({"truncated": True, "metadata": {}}, {"truncated": True, "metadata": {}}),
        ({"metadata": "text"}, {"metadata": "text"}),
    ],
    ids=str,
)
def test_the_metadata_say_truncated_where_the_model_does_not(observation: dict[str, Any], wanted: dict[str, Any]):
    before = repr(observation)
    result = put_together(observation, None, True, True, adapter=adapter_of(dict))
    assert (result.observation, result.truncated) == (wanted, True)
    assert repr(observation) == before


def test_the_metadata_say_nothing_of_an_episode_that_was_not_truncated():
    result = put_together({"metadata": {"a": 1}}, None, True, False, adapter=adapter_of(dict))
    assert result == StepResult({"metadata": {"a": 1}}, None, True, {"a": 1}, False)


# Handing over, in one process.


class Listed(Observation):
    seen: list[int]


class Narrow(Observation):
    done: int = 0  # type: ignore[assignment]


class Doubtful(Observation):
    truncated: bool | None = None  # type: ignore[assignment]


class Pure(BaseModel):
    seen: list[int]


def handed(observation: Any, model: type[Any]) -> StepResult[Any]:
    whole = left_whole(observation)
    assert whole is not None
    return handed_over(whole, adapter=adapter_of(model))


def outcome(function: Any, *arguments: Any) -> tuple[StepResult[Any] | None, Any]:
    try:
        return function(*arguments), None
    except ValidationError as error:
        return None, error.errors


def same(one: StepResult[Any], other: StepResult[Any]) -> bool:
    return repr(one) == repr(other) and one == other  # of which the first tells types and signs


WHOLE = [
    Listed(seen=[1]),
    Listed(seen=[], reward=0.5, done=True),
    Pure(seen=[1]),
    PydanticSight(result="seen", reward=-0.0),
]


@pytest.mark.parametrize("observation", WHOLE, ids=repr)
@pytest.mark.parametrize("model", [None, Observation, Listed, dict], ids=str)
def test_what_is_handed_over_is_as_if_it_had_been_taken_apart(observation: Any, model: Any):
    model = type(observation) if model is None else model
    (result, error), (expected, expected_error) = (
        outcome(function, observation, model) for function in (handed, put_back)
    )
    assert error == expected_error
    assert result is expected or same(result, expected)
    if model is type(observation):
        assert result.observation.model_fields_set == expected.observation.model_fields_set


@pytest.mark.parametrize(
    "observation",
    [
        Listed(seen=[1], metadata={"a": 1}),
        Listed(seen=[1], truncated=True),
        Listed(seen=[1], reward=1),
        Listed(seen=[1], reward=True),
        Listed.model_construct(seen=(1,)),
        Listed.model_construct(seen=[1], metadata=np.zeros(2)),
        Listed.model_construct(seen=[1], truncated=None),
        Doubtful(),
        Narrow(done=1),
        Observation(reward=float("nan")),
        Observation(reward=float("inf")),
        Observation.model_construct(done=1, truncated=False, reward=None, metadata={}),
        Bare("seen"),
        BareStruct("seen"),
        {"seen": [1]},
        None,
    ],
    ids=repr,
)
def test_others_are_taken_apart(observation: Any):
    assert left_whole(observation) is None


def test_what_is_handed_over_is_checked_and_shares_no_list():
    observation = Listed(seen=[1])
    result = handed(observation, Listed)
    result.observation.seen.append(2)
    result.observation.metadata["a"] = 1
    result.metadata["b"] = 1
    assert (observation.seen, observation.metadata) == ([1], {})
    observation.seen.append("no number")  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="seen"):
        handed(observation, Listed)
