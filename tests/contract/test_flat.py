"""Flat arrays: one list of elements in JSON, an array of the shape beside it in the model."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pydantic import BaseModel, Field

from openenv import Observation
from openenv.contract.adapters import adapter_of
from openenv.contract.arrays import ArraySpec
from openenv.contract.flat import flattened
from openenv.errors import ValidationError

Pixels = Annotated[np.ndarray, ArraySpec("uint8", shape_in="shape")]


class PydanticScreen(Observation):
    pixels: Pixels
    shape: list[int]


@dataclass
class DataclassScreen:
    pixels: Pixels
    shape: list[int]


class StructScreen(msgspec.Struct):
    pixels: Pixels
    shape: list[int]


each_kind = pytest.mark.parametrize(
    "screen", [PydanticScreen, DataclassScreen, StructScreen], ids=lambda kind: kind.__name__
)
SHOWN = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)


def same(found: Any, wanted: np.ndarray) -> bool:
    return (found.dtype, found.shape, found.tobytes()) == (wanted.dtype, wanted.shape, wanted.tobytes())


@each_kind
def test_a_flat_list_makes_an_array_of_the_shape_that_stands_beside_it(screen: Any):
    made = adapter_of(screen).validate({"pixels": SHOWN.ravel().tolist(), "shape": [2, 4, 3]})
    assert same(made.pixels, SHOWN)
    assert made.shape == [2, 4, 3]


@each_kind
@pytest.mark.parametrize("value", [SHOWN, SHOWN.tolist(), SHOWN.ravel()], ids=["array", "nested lists", "flat array"])
def test_other_forms_of_the_same_array_are_taken_too(screen: Any, value: Any):
    assert same(adapter_of(screen).validate({"pixels": value, "shape": [2, 4, 3]}).pixels, SHOWN)


@each_kind
@pytest.mark.parametrize("value", [SHOWN, SHOWN.ravel()], ids=["array", "flat array"])
def test_any_mapping_has_the_fields(screen: Any, value: Any):
    assert same(adapter_of(screen).validate(MappingProxyType({"pixels": value, "shape": [2, 4, 3]})).pixels, SHOWN)


@each_kind
def test_what_has_no_fields_is_a_validation_error(screen: Any):
    for value in ([1], None, "pixels"):
        with pytest.raises(ValidationError):
            adapter_of(screen).validate(value)


@each_kind
def test_an_array_of_that_shape_is_kept_as_it_is(screen: Any):
    assert adapter_of(screen).validate({"pixels": SHOWN, "shape": [2, 4, 3]}).pixels is SHOWN


@each_kind
@given(array=arrays.arrays(np.uint8, arrays.array_shapes(min_dims=0, min_side=0, max_side=3)))
def test_what_is_flattened_comes_back_as_it_was(screen: Any, array: np.ndarray):
    adapter = adapter_of(screen)
    fields = adapter.dump(screen(pixels=array, shape=list(array.shape)))
    flat = flattened(fields, adapter.flat)
    assert flat["pixels"].shape == (array.size,)
    assert same(adapter.validate(flat | {"pixels": flat["pixels"].tolist()}).pixels, array)


@each_kind
@pytest.mark.parametrize(
    ("elements", "shape"),
    [
        ([1, 2, 3], [2, 2]),
        ([1, 2, 3, 4], [-1, 2]),
        ([1, 2, 3, 4], [-2, -2]),
        ([1, 2], [2.0]),
        ([1, 2], [True, 2]),
        ([1], [2**40]),
        ([], [0, -1]),
        ([256], [1]),
        (["a"], [1]),
        ([1, [2]], [2]),
    ],
    ids=str,
)
def test_elements_that_do_not_fit_are_a_validation_error_at_their_field(screen: Any, elements: Any, shape: Any):
    with pytest.raises(ValidationError) as caught:
        adapter_of(screen).validate({"pixels": elements, "shape": shape})
    assert caught.value.errors[0]["loc"] == ["pixels"]


@each_kind
@pytest.mark.parametrize("shape", [None, "23", {"0": 2}, 6], ids=repr)
def test_a_shape_that_is_none_is_a_validation_error_at_its_field(screen: Any, shape: Any):
    with pytest.raises(ValidationError, match=r"shape"):
        adapter_of(screen).validate({"pixels": [1, 2, 3, 4, 5, 6], "shape": shape})


@each_kind
def test_a_mapping_is_not_changed(screen: Any):
    fields = {"pixels": [1, 2], "shape": [2]}
    adapter_of(screen).validate(fields)
    assert fields == {"pixels": [1, 2], "shape": [2]}


@each_kind
def test_the_schema_names_the_field_with_the_shape(screen: Any):
    described = adapter_of(screen).json_schema()["properties"]["pixels"]
    assert {"type": "array", "dtype": "uint8", "shape": None, "shape_in": "shape"}.items() <= described.items()


class Spare(BaseModel):
    """Both may be missing, in the ways that there are to say so."""

    left: Pixels | None = None
    right: Annotated[Pixels | None, Field(description="the other eye")] = None
    shape: list[int] | None = None


def test_an_array_that_may_be_missing_may_be_flat():
    adapter = adapter_of(Spare)
    assert adapter.flat.keys() == {"left", "right"}
    assert adapter.validate({"left": None}).left is None
    assert same(adapter.validate({"right": [1, 2], "shape": [2, 1]}).right, np.array([[1], [2]], np.uint8))


class Renamed(msgspec.Struct, rename="camel"):
    screen_pixels: Annotated[np.ndarray, ArraySpec("uint8", shape_in="screenShape")]
    screen_shape: list[int]


def test_the_fields_of_a_struct_are_meant_by_their_names_on_the_wire():
    made = adapter_of(Renamed).validate({"screenPixels": [1, 2], "screenShape": [2, 1]})
    assert made.screen_pixels.shape == (2, 1)


class Shapeless(Observation):
    pixels: Pixels


def test_a_model_without_the_field_for_the_shape_is_refused():
    with pytest.raises(TypeError, match="'shape', which is no field"):
        adapter_of(Shapeless).validate({"pixels": [1]})


@st.composite
def deep(draw: Any) -> Any:
    """Numbers within lists of any depth."""
    return draw(st.recursive(st.integers(-1, 300) | st.none(), st.lists, max_leaves=8))


@given(deep(), st.lists(st.integers(-2, 2**70) | st.booleans() | st.floats(), max_size=3))
def test_whatever_comes_the_model_is_made_or_refused(value: Any, shape: list[Any]):
    try:
        made = adapter_of(PydanticScreen).validate({"pixels": value, "shape": shape})
    except ValidationError:
        return
    assert made.pixels.dtype == np.uint8
