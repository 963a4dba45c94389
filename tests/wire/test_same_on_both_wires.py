"""A transition arrives as the same result over either protocol, and without any."""

from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openenv import Observation, StepResult
from openenv.contract.adapters import ModelAdapter, adapter_of
from openenv.contract.arrays import ArraySpec
from openenv.contract.signature import ModelTypes
from openenv.contract.transition import put_together, take_apart
from openenv.wire.exchange import ClientExchangeV1, ClientExchangeV2, ServerExchangeV1, ServerExchangeV2
from openenv.wire.frames import Result, StateReply, Step
from openenv.wire.v1 import FlatFields, result_data
from tests.wire.strategies import COMMON_VALUES, JSON_OBJECTS, JSON_VALUES, REWARDS

Vector = Annotated[np.ndarray, ArraySpec("float32", (None,))]
STEP = Step(1, 1, {})


def replied(observation: Any) -> Result:
    return Result(STEP.channel, STEP.id, *take_apart(observation, source="Walk.step"))


def over_v1(reply: Result, *, server: ServerExchangeV1 | None = None) -> Result:
    client = ClientExchangeV1()
    client.expect(STEP)
    return client.receive((server or ServerExchangeV1()).send(reply))


def over_v2(reply: Result) -> Result:
    return ClientExchangeV2().receive(ServerExchangeV2().send(reply))


def results(observation: Any, model: type[Any]) -> list[StepResult[Any]]:
    reply, adapter = replied(observation), adapter_of(model)
    return [result_of(found, adapter) for found in (reply, over_v1(reply), over_v2(reply))]


def result_of(reply: Result, adapter: ModelAdapter[Any]) -> StepResult[Any]:
    return put_together(reply.observation, reply.reward, reply.done, reply.truncated, adapter=adapter)


class Sight(Observation):
    text: str
    anything: Any = None
    counts: dict[int, int] = {}  # noqa: RUF012
    raw: bytes = b""


class TruncatingSight(Observation):
    truncated: bool = False
    text: str = ""


@dataclass
class PlainSight:
    text: str
    done: bool = False
    counts: dict[int, int] = field(default_factory=dict)
    raw: bytes = b""


@dataclass
class FullSight:
    text: str
    done: bool
    truncated: bool
    reward: float | None
    metadata: dict[str, Any]


class StructSight(msgspec.Struct):
    text: str
    truncated: bool = False
    counts: dict[int, int] = {}
    raw: bytes = b""


METADATA = st.builds(
    lambda metadata, truncated: metadata | truncated,
    st.dictionaries(st.text(), COMMON_VALUES, max_size=3),
    st.fixed_dictionaries({}, optional={"truncated": st.booleans() | st.text() | st.none()}),
)
COUNTS = st.dictionaries(st.integers(-(2**40), 2**40), st.integers(0, 9), max_size=3)
RAW = st.text().map(str.encode)


@dataclass
class SpareSight:
    text: str
    done: bool


SPARE = st.builds(SpareSight, st.text(), st.booleans())
FULL = st.builds(FullSight, st.text(), st.booleans(), st.booleans(), REWARDS, METADATA)


OBSERVATIONS = st.one_of(
    st.builds(
        Sight,
        text=st.text(),
        anything=COMMON_VALUES,
        counts=COUNTS,
        raw=RAW,
        reward=REWARDS,
        done=st.booleans(),
        truncated=st.booleans(),
        metadata=METADATA,
    ),
    st.builds(
        TruncatingSight,
        text=st.text(),
        reward=REWARDS,
        done=st.booleans(),
        truncated=st.booleans(),
        metadata=METADATA,
    ),
    st.builds(PlainSight, st.text(), st.booleans(), COUNTS, RAW),
    FULL,
    st.builds(StructSight, st.text(), st.booleans(), COUNTS, RAW),
)


@given(OBSERVATIONS)
def test_results_are_equal(observation: Any):
    local, v1, v2 = results(observation, type(observation))
    assert v1 == local
    assert v2 == local


class JsonSight(Observation):
    text: str
    anything: Any = None


@given(
    st.builds(
        JsonSight,
        text=st.text(),
        anything=COMMON_VALUES,
        done=st.booleans(),
        truncated=st.booleans(),
        metadata=METADATA,
    )
)
def test_results_without_a_model_are_equal(observation: Observation):
    local, v1, v2 = results(observation, dict)
    assert v1 == local
    assert v2 == local


@given(SPARE | FULL)
def test_results_of_dataclasses_without_a_model_are_equal(observation: Any):
    local, v1, v2 = results(observation, dict)
    assert v1 == local
    assert v2 == local


@given(JSON_OBJECTS, st.booleans(), st.booleans())
def test_hooks_of_the_reference_s_clients_see_the_same_body(metadata: dict[str, Any], done: bool, truncated: bool):
    """What a client's own ``_parse_result`` is given."""
    reply = replied(JsonSight(text="seen", done=done, truncated=truncated, metadata=metadata))
    assert result_data(over_v1(reply)) == result_data(reply)


# truncated.


@pytest.mark.parametrize(
    "observation",
    [
        Sight(text="", done=True, truncated=True),
        Sight(text="", done=True, metadata={"truncated": True}),
        Sight(text="", done=True, truncated=True, metadata={"truncated": False, "a": 1}),
        TruncatingSight(done=True, truncated=True),
        FullSight("", True, True, None, {}),
        StructSight("", True),
    ],
    ids=repr,
)
def test_truncated_arrives_whatever_the_model_says(observation: Any):
    assert [result.truncated for result in results(observation, type(observation))] == [True, True, True]


def test_v1_adds_nothing_to_the_observation_of_a_model_without_metadata():
    message = ServerExchangeV1().send(Result(1, 1, {"text": "late"}, None, True, True))
    assert msgspec.json.decode(message)["data"] == {
        "observation": {"text": "late"},
        "reward": None,
        "done": True,
        "metadata": {"truncated": True},
    }


@dataclass
class Late:
    text: str
    truncated_at: int = 0


def test_a_model_without_a_field_for_it_is_made_all_the_same():
    reply = Result(1, 1, {"text": "late", "truncated_at": 3}, 0.5, True, True)
    wanted = StepResult(Late("late", 3), 0.5, True, {"truncated": True}, True)
    found = [result_of(wire(reply), adapter_of(Late)) for wire in (over_v1, over_v2)]
    assert found == [wanted, wanted]


# Arrays.


class Frame(Observation):
    screen: Annotated[np.ndarray, ArraySpec("uint8", (210, 160, 3))]
    speeds: Vector
    masks: dict[str, Vector]


def test_a_large_array_within_a_typed_observation_arrives_on_both():
    screen = np.random.default_rng(0).integers(0, 255, (210, 160, 3), np.uint8)
    speeds = np.array([0.1, np.nan], np.float32)
    sent = Frame(screen=screen, speeds=speeds, masks={"left": speeds}, reward=0.5)
    for result in results(sent, Frame):
        found = result.observation
        assert np.array_equal(found.screen, screen)
        assert found.screen.dtype == np.uint8
        assert np.array_equal(found.speeds, speeds, equal_nan=True)
        assert np.array_equal(found.masks["left"], speeds, equal_nan=True)
        assert result.reward == 0.5


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False)))
def test_arrays_of_fractions_arrive_exactly(values: list[float]):
    class Row(msgspec.Struct):
        vector: Vector

    vector = np.array(values, np.float32)
    for result in results(Row(vector), Row):
        assert result.observation.vector.tobytes() == vector.tobytes()


class Screen(Observation):
    """Flat on v1, as the reference's environments send it."""

    screen: Annotated[np.ndarray, ArraySpec("uint8", shape_in="screen_shape")]
    screen_shape: list[int]


FLAT = FlatFields.of(ModelTypes(Step, Screen))
PIXELS = np.arange(12, dtype=np.uint8).reshape(2, 3, 2)
SHOWN = Screen(screen=PIXELS, screen_shape=[2, 3, 2])


def test_a_flat_array_is_one_list_on_v1_and_has_its_shape_on_v2():
    reply = replied(SHOWN)
    on_v1 = msgspec.json.decode(ServerExchangeV1(FLAT).send(reply))["data"]["observation"]
    on_v2 = ClientExchangeV2().receive(ServerExchangeV2().send(reply)).observation
    assert on_v1 == {"metadata": {}, "screen": PIXELS.ravel().tolist(), "screen_shape": [2, 3, 2]}
    assert on_v2["screen"].shape == (2, 3, 2)


def test_a_flat_array_arrives_in_its_shape_on_both():
    reply, adapter = replied(SHOWN), adapter_of(Screen)
    for arrived in (reply, over_v1(reply, server=ServerExchangeV1(FLAT)), over_v1(reply), over_v2(reply)):
        found = result_of(arrived, adapter).observation
        assert (found.screen.dtype, found.screen.shape, found.screen_shape) == (np.uint8, (2, 3, 2), [2, 3, 2])
        assert np.array_equal(found.screen, PIXELS)


def test_a_flat_array_of_the_state_is_one_list_on_v1():
    flat = FlatFields.of(ModelTypes(Step, Observation, Screen))
    state = adapter_of(Screen).dump(SHOWN)
    sent = msgspec.json.decode(ServerExchangeV1(flat).send(StateReply(0, 1, state)))["data"]
    assert (sent["screen"], sent["screen_shape"]) == (PIXELS.ravel().tolist(), [2, 3, 2])


def test_what_only_reset_returns_may_be_flat_too():
    flat = FlatFields.of(ModelTypes(Step, Observation, reset_observation=Screen))
    sent = msgspec.json.decode(ServerExchangeV1(flat).send(replied(SHOWN)))["data"]["observation"]
    assert sent["screen"] == PIXELS.ravel().tolist()


@given(JSON_VALUES)
def test_actions_arrive_equal(value: Any):
    try:
        v2_message = ClientExchangeV2().encode(Step(1, 1, {"a": value}))
    except OverflowError:  # an integer beyond 64 bits
        return
    v1_message = ClientExchangeV1().encode(Step(1, 1, {"a": value}))
    assert ServerExchangeV1().receive(v1_message).action == {"a": value}
    assert ServerExchangeV2().receive(v2_message).action == {"a": value}
