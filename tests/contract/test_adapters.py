"""Three kinds of models behave alike."""

import datetime
import enum
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import numpy as np
import pytest
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, computed_field, field_validator

from openenv import Action, Observation, State
from openenv.contract.adapters import adapter_of, is_model
from openenv.contract.reports import MAX_ECHOED_INPUT
from openenv.errors import ValidationError
from tests.contract.kinds import DataclassSight, Kind, PydanticMove, StructSight, each_kind


@each_kind
def test_a_mapping_of_its_fields_makes_the_model(kind: Kind):
    model = adapter_of(kind.Move).validate({"by": 3, "note": "slowly"})
    assert (type(model), model.by, model.note, model.at) == (kind.Move, 3, "slowly", None)


@each_kind
def test_models_within_are_made_too(kind: Kind):
    assert adapter_of(kind.Move).validate({"by": 3, "at": {"x": 1}}).at == kind.Place(x=1, y=0)


@each_kind
def test_dumping_gives_the_fields_and_dicts_for_models_within(kind: Kind):
    dumped = adapter_of(kind.Move).dump(kind.Move(by=3, at=kind.Place(x=1)))
    dumped.pop("metadata", None)  # which Action has
    assert dumped == {"by": 3, "note": "", "at": {"x": 1, "y": 0}}


@each_kind
def test_what_is_dumped_makes_the_model_again(kind: Kind):
    model, adapter = kind.Move(by=3, at=kind.Place(x=1)), adapter_of(kind.Move)
    assert adapter.validate(adapter.dump(model)) == model


@each_kind
def test_an_unknown_field_is_refused_by_its_name(kind: Kind):
    with pytest.raises(ValidationError) as caught:
        adapter_of(kind.Move).validate({"by": 3, "to": 4})
    found = [{name: error[name] for name in ("type", "loc", "msg", "input")} for error in caught.value.errors]
    assert found == [{"type": "extra_forbidden", "loc": ["to"], "msg": "Extra inputs are not permitted", "input": 4}]


@each_kind
def test_every_unknown_field_is_listed(kind: Kind):
    with pytest.raises(ValidationError) as caught:
        adapter_of(kind.Move).validate({"by": 3, "a": object(), "b": "text"})
    assert sorted(error["loc"] for error in caught.value.errors) == [["a"], ["b"]]


@each_kind
def test_an_unknown_field_of_a_model_within_is_ignored(kind: Kind):
    assert adapter_of(kind.Move).validate({"by": 3, "at": {"x": 1, "z": 2}}).at == kind.Place(x=1)


@each_kind
@pytest.mark.parametrize(
    "wrong", [{}, {"by": "far"}, {"by": 1.5}, {"by": 1, "note": 2}, {"by": 1, "at": {}}, {"by": None}]
)
def test_missing_and_wrong_fields_are_validation_errors(kind: Kind, wrong: dict[str, Any]):
    with pytest.raises(ValidationError) as caught:
        adapter_of(kind.Move).validate(wrong)
    assert len(caught.value.errors) == 1


@each_kind
@pytest.mark.parametrize("wrong", [None, 1, "text", [1, 2], [("by", 1)]], ids=repr)
def test_what_is_no_mapping_is_a_validation_error(kind: Kind, wrong: Any):
    with pytest.raises(ValidationError):
        adapter_of(kind.Move).validate(wrong)


@each_kind
def test_a_validator_that_raises_value_error_is_a_validation_error_with_its_text(kind: Kind):
    with pytest.raises(ValidationError, match="nobody leaps that far"):
        adapter_of(kind.Move).validate({"by": 101})


@each_kind
def test_the_report_of_a_validator_can_be_sent(kind: Kind):
    with pytest.raises(ValidationError) as caught:
        adapter_of(kind.Move).validate({"by": 101})
    assert msgspec.json.decode(msgspec.json.encode(caught.value.errors)) == caught.value.errors


@each_kind
@pytest.mark.parametrize(
    "value",
    ["\ud800", b"\xff", object(), np.zeros(3), float("nan"), 2**70, {"\ud800": 1}, {1: 2}],
    ids=["surrogate", "bytes", "object", "array", "nan", "bigint", "surrogate key", "int key"],
)
def test_a_value_without_a_form_in_json_is_refused_like_any_other(kind: Kind, value: Any):
    with pytest.raises(ValidationError) as caught:
        adapter_of(kind.Move).validate({"by": 3, "to": value})
    assert [error["loc"] for error in caught.value.errors] == [["to"]]


@each_kind
def test_a_name_that_utf8_cannot_hold_is_reported_escaped(kind: Kind):
    with pytest.raises(ValidationError) as caught:
        adapter_of(kind.Move).validate({"by": 3, "to\ud800": 4})
    assert "\ud800" not in str(caught.value.errors)
    assert len(caught.value.errors) == 1


@each_kind
def test_a_report_that_leaves_out_values_can_be_sent(kind: Kind):
    with pytest.raises(ValidationError) as caught:
        adapter_of(kind.Move).validate({"by": 101, "to": "\ud800"})
    assert msgspec.json.decode(msgspec.json.encode(caught.value.errors)) == caught.value.errors


@each_kind
def test_deep_nesting_is_a_validation_error(kind: Kind):
    deep: Any = 1
    for _ in range(900):
        deep = {"a": deep}
    with pytest.raises(ValidationError):
        adapter_of(kind.Move).validate({"by": 3, "to": deep})


@each_kind
def test_a_long_value_is_not_echoed(kind: Kind):
    with pytest.raises(ValidationError) as caught:
        adapter_of(kind.Move).validate({"by": 3, "to": "x" * 2 * MAX_ECHOED_INPUT})
    assert len(str(caught.value.errors)) < 2000


@each_kind
def test_a_long_list_of_errors_is_cut(kind: Kind):
    with pytest.raises(ValidationError) as caught:
        adapter_of(kind.Move).validate({f"unknown{n}": "x" * 100 for n in range(2000)})
    assert len(caught.value.errors) <= 101


@each_kind
def test_the_schema_names_the_fields(kind: Kind):
    schema = adapter_of(kind.Sight).json_schema()
    assert schema["title"] == kind.Sight.__name__
    described = schema["properties"]
    assert described["result"]["type"] == "string"
    assert described["done"]["type"] == "boolean"


@each_kind
def test_an_instance_is_a_model_and_its_class_is_not(kind: Kind):
    assert (is_model(kind.Move(by=1)), is_model(kind.Move)) == (True, False)


@pytest.mark.parametrize("thing", [int, str, object, type(None), Any, list[int]], ids=str)
def test_other_types_are_no_models(thing: Any):
    with pytest.raises(TypeError, match="no model: use a pydantic model, a dataclass or a msgspec struct"):
        adapter_of(thing)


def test_an_adapter_is_made_once():
    assert adapter_of(PydanticMove) is adapter_of(PydanticMove)


def test_dict_stands_for_no_model():
    adapter = adapter_of(dict)
    assert (adapter.validate({"a": 1}), adapter.dump({"a": 1})) == ({"a": 1}, {"a": 1})
    assert adapter.dump(DataclassSight("a", True)) == {"result": "a", "done": True}


def test_no_model_takes_no_list():
    with pytest.raises(ValidationError):
        adapter_of(dict).validate([1])


# What a model may declare by itself.


class Truncating(Observation):
    truncated: bool = False


class AlsoTruncating(Truncating):
    pass


@dataclass
class TruncatingDataclass:
    truncated: bool


@pytest.mark.parametrize(
    ("model", "declares"),
    [
        (Observation, False),
        (Truncating, True),
        (AlsoTruncating, True),
        (TruncatingDataclass, True),
        (DataclassSight, False),
        (StructSight, False),
        (State, False),
        (dict, False),
    ],
)
def test_a_model_declares_truncated_only_by_itself(model: type[Any], declares: bool):
    assert adapter_of(model).declares_truncated is declares


# What pydantic models may have beyond fields.


class Colour(enum.Enum):
    RED = "red"


class Rich(Observation):
    renamed: int = Field(1, alias="renamedTo")
    when: datetime.datetime | None = None
    colour: Colour = Colour.RED
    raw: bytes = b""

    @computed_field
    @property
    def twice(self) -> int:
        return 2 * self.renamed


def test_a_field_with_an_alias_travels_under_its_name_and_comes_back():
    adapter = adapter_of(Rich)
    model = Rich(renamedTo=3)
    assert adapter.dump(model)["renamed"] == 3
    assert adapter.validate(adapter.dump(model)) == model


def test_an_alias_is_accepted_too():
    assert adapter_of(Rich).validate({"renamedTo": 3}).renamed == 3


class TakesBothNames(Action):
    model_config = ConfigDict(populate_by_name=True)
    renamed: int = Field(alias="renamedTo")


class TakesOneOfTwo(Action):
    renamed: int = Field(validation_alias=AliasChoices("renamed", "renamedTo"))


@pytest.mark.parametrize("model", [TakesBothNames, TakesOneOfTwo])
@pytest.mark.parametrize("name", ["renamed", "renamedTo"])
def test_a_model_that_says_its_names_itself_keeps_them(model: type[Any], name: str):
    assert adapter_of(model).validate({name: 3}).renamed == 3


def test_a_computed_field_is_dumped_and_not_taken_for_an_unknown_one():
    adapter = adapter_of(Rich)
    dumped = adapter.dump(Rich(renamedTo=3))
    assert dumped["twice"] == 6
    assert adapter.validate(dumped).twice == 6


class Loose(BaseModel):
    anything: Any = None
    array: np.ndarray | None = None
    model_config = {"arbitrary_types_allowed": True}


def test_a_schema_says_anything_where_json_schema_has_no_word():
    assert adapter_of(Loose).json_schema()["properties"]["array"]["anyOf"] == [{}, {"type": "null"}]


@dataclass
class Unchecked:
    number: float


def test_an_unchecked_dataclass_is_dumped_without_a_warning():
    assert adapter_of(Unchecked).dump(Unchecked("text")) == {"number": "text"}


def test_a_numpy_scalar_in_a_dataclass_is_dumped():
    assert adapter_of(Unchecked).dump(Unchecked(np.float32(0.5))) == {"number": np.float32(0.5)}


class Fails(Action):
    by: int

    def model_post_init(self, context: Any) -> None:
        raise KeyError("a fault of the author's, not of the message")


def test_what_else_a_validator_raises_passes_through():
    with pytest.raises(KeyError):
        adapter_of(Fails).validate({"by": 1})


class WrongPydantic(Action):
    by: int

    @field_validator("by")
    @classmethod
    def is_wrong(cls, by: int) -> int:
        raise TypeError("of the wrong type")


@dataclass
class WrongDataclass:
    by: int

    def __post_init__(self) -> None:
        raise TypeError("of the wrong type")


class WrongStruct(msgspec.Struct):
    by: int

    def __post_init__(self) -> None:
        raise TypeError("of the wrong type")


@pytest.mark.parametrize("model", [WrongPydantic, WrongDataclass, WrongStruct])
def test_a_validator_that_raises_type_error_is_a_validation_error_too(model: type[Any]):
    with pytest.raises(ValidationError, match="of the wrong type"):
        adapter_of(model).validate({"by": 1})


class Meta(Action):
    by: Annotated[int, Field(ge=0)]


def test_the_report_of_pydantic_is_passed_on_as_it_is():
    with pytest.raises(ValidationError) as caught:
        adapter_of(Meta).validate({"by": -1})
    (error,) = caught.value.errors
    assert error.pop("url").startswith("https://errors.pydantic.dev/")
    assert error == {
        "type": "greater_than_equal",
        "loc": ["by"],
        "msg": "Input should be greater than or equal to 0",
        "input": -1,
        "ctx": {"ge": 0},
    }
