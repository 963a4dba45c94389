"""msgspec structs as models: their names, and what msgspec does not know by itself."""

import datetime
import decimal
import enum
import uuid
from typing import Annotated, Any

import msgspec
import numpy as np
import pytest

from openenv.contract.adapters import adapter_of
from openenv.contract.arrays import ArraySpec
from openenv.errors import ValidationError

Vector = Annotated[np.ndarray, ArraySpec("float32", (None,))]


class Renamed(msgspec.Struct, rename="camel"):
    step_count: int
    inner_place: "Renamed | None" = None


def test_renamed_fields_travel_under_their_new_names():
    adapter = adapter_of(Renamed)
    data = {"stepCount": 1, "innerPlace": {"stepCount": 2, "innerPlace": None}}
    assert adapter.dump(Renamed(1, Renamed(2))) == data
    assert adapter.validate(data) == Renamed(1, Renamed(2))


def test_the_schema_of_a_struct_that_holds_itself_keeps_what_it_refers_to():
    schema = adapter_of(Renamed).json_schema()
    assert schema["title"] == "Renamed"
    assert {"$ref": "#/$defs/Renamed"} in schema["properties"]["innerPlace"]["anyOf"]
    assert schema["$defs"]["Renamed"]["properties"] == schema["properties"]


def test_a_struct_without_names_on_the_wire_is_no_model():
    class Row(msgspec.Struct, array_like=True):
        a: int

    with pytest.raises(TypeError, match="array_like"):
        adapter_of(Row)


class Holder(msgspec.Struct):
    vector: Vector
    name: str = ""


class Nested(msgspec.Struct):
    holder: Holder
    more: list[Holder] = []
    raw: bytes = b""
    table: dict[int, Vector] = {}
    anything: Any = None


def test_arrays_of_structs_within_are_checked():
    made = adapter_of(Nested).validate({"holder": {"vector": [1, 2]}, "more": [{"vector": []}], "table": {"3": [1]}})
    assert [made.holder.vector.dtype, made.more[0].vector.shape, made.table[3].tolist()] == [np.float32, (0,), [1.0]]


@pytest.mark.parametrize(
    "wrong",
    [{"holder": {"vector": [[1]]}}, {"holder": {"vector": []}, "more": [{"vector": "a"}]}, {"holder": 1}],
    ids=str,
)
def test_wrong_arrays_of_structs_within_are_validation_errors(wrong: dict[str, Any]):
    with pytest.raises(ValidationError):
        adapter_of(Nested).validate(wrong)


def test_structs_with_arrays_are_dumped_as_dicts():
    vector = np.zeros(2, np.float32)
    dumped = adapter_of(Nested).dump(Nested(Holder(vector), [Holder(vector, "b")], anything=(vector, {"a": vector})))
    wanted = {
        "holder": {"vector": vector, "name": ""},
        "more": [{"vector": vector, "name": "b"}],
        "raw": b"",
        "table": {},
        "anything": [vector, {"a": vector}],
    }
    assert repr(dumped) == repr(wanted)


def test_bytes_come_back_from_the_text_that_protocol_v1_makes_of_them():
    """msgspec alone would take the text for base64."""
    assert adapter_of(Nested).validate({"holder": {"vector": []}, "raw": "abcd"}).raw == b"abcd"


class Colour(enum.Enum):
    RED = "red"


class Typed(msgspec.Struct):
    when: datetime.datetime
    span: datetime.timedelta
    id: uuid.UUID
    price: decimal.Decimal
    colour: Colour
    tags: set[str]


VALUES = Typed(
    datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=datetime.UTC),
    datetime.timedelta(seconds=2.5),
    uuid.UUID(int=5),
    decimal.Decimal("1.50"),
    Colour.RED,
    {"a"},
)


def test_typed_values_come_back_from_what_is_dumped():
    adapter = adapter_of(Typed)
    assert adapter.validate(adapter.dump(VALUES)) == VALUES


def test_an_array_of_any_kind_must_be_one_already():
    class Raw(msgspec.Struct):
        array: np.ndarray

    array = np.zeros(2)
    assert adapter_of(Raw).validate({"array": array}).array is array
    with pytest.raises(ValidationError, match="expected ndarray, got list"):
        adapter_of(Raw).validate({"array": [0.0]})
