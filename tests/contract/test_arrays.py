"""Array fields: what they admit, in all three kinds of models."""

import builtins
import sys
from typing import Annotated, Any

import numpy as np
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pydantic import TypeAdapter

from openenv import Observation
from openenv.contract.adapters import adapter_of
from openenv.contract.arrays import ArraySpec, load_numpy
from openenv.errors import MissingExtra, ValidationError
from tests.contract.kinds import Kind, each_kind

BYTES = ArraySpec("uint8", (2, None))


def same(found: Any, wanted: np.ndarray) -> bool:
    equal = np.array_equal(found, wanted, equal_nan=wanted.dtype.kind == "f")
    return (found.dtype, found.shape, equal) == (wanted.dtype, wanted.shape, True)


# In models.


@each_kind
def test_an_array_is_kept_as_it_is(kind: Kind):
    pixels = np.zeros((2, 3), np.uint8)
    assert adapter_of(kind.Picture).validate({"pixels": pixels}).pixels is pixels


@each_kind
def test_nested_lists_make_an_array(kind: Kind):
    made = adapter_of(kind.Picture).validate({"pixels": [[1, 2], [3, 4]]}).pixels
    assert same(made, np.array([[1, 2], [3, 4]], np.uint8))


@each_kind
@pytest.mark.parametrize(
    "value",
    [np.zeros((2, 3), np.int64), np.zeros((3, 2), np.uint8), [[1], [256]], [[1], [2, 3]], "text", None, {}],
    ids=["dtype", "shape", "too big", "ragged", "text", "none", "dict"],
)
def test_anything_else_is_a_validation_error_at_the_field(kind: Kind, value: Any):
    with pytest.raises(ValidationError) as caught:
        adapter_of(kind.Picture).validate({"pixels": value})
    assert [error["loc"][0] for error in caught.value.errors] == ["pixels"]


@pytest.mark.parametrize("shape", [None, (2, 3)])
def test_an_array_behind_one_that_fits_is_checked_too(shape: tuple[int, ...] | None):
    adapter = TypeAdapter(Annotated[np.ndarray, ArraySpec("uint8", shape)])
    fits = np.zeros((2, 3), np.uint8)
    wrong = [fits.astype(np.int8), fits.astype(np.uint16), [[1], [256]], None]
    for value in [*wrong, fits.T] if shape else wrong:
        assert adapter.validate_python(fits) is fits
        with pytest.raises(pydantic.ValidationError):
            adapter.validate_python(value)


@each_kind
def test_arrays_within_a_dict_and_optional_ones_are_checked(kind: Kind):
    pixels = [[1], [2]]
    made = adapter_of(kind.Picture).validate({"pixels": pixels, "masks": {"left": pixels}, "thumbnail": pixels})
    wanted = np.array(pixels, np.uint8)
    assert same(made.masks["left"], wanted)
    assert same(made.thumbnail, wanted)


@each_kind
@pytest.mark.parametrize("wrong", [{"masks": {"left": [[1]]}}, {"thumbnail": [[1]]}], ids=str)
def test_a_wrong_array_within_is_a_validation_error(kind: Kind, wrong: dict[str, Any]):
    with pytest.raises(ValidationError):
        adapter_of(kind.Picture).validate({"pixels": [[1], [2]], **wrong})


@each_kind
def test_an_optional_array_may_be_none(kind: Kind):
    assert adapter_of(kind.Picture).validate({"pixels": [[1], [2]], "thumbnail": None}).thumbnail is None


@each_kind
def test_dumping_gives_the_array_itself(kind: Kind):
    pixels = np.zeros((2, 3), np.uint8)
    dumped = adapter_of(kind.Picture).dump(kind.Picture(pixels=pixels, masks={"left": pixels}))
    assert dumped["pixels"] is pixels
    assert dumped["masks"]["left"] is pixels


@each_kind
def test_the_schema_says_dtype_and_shape(kind: Kind):
    schema = adapter_of(kind.Picture).json_schema()
    described = schema["properties"]
    found = {name: described["pixels"][name] for name in ("type", "dtype", "shape")}
    assert found == {"type": "array", "dtype": "uint8", "shape": [2, None]}


class Endless(Observation):
    screen: Annotated[np.ndarray, ArraySpec("uint8", (None, None, None))]


def test_a_large_array_is_checked_without_looking_at_its_elements():
    """More elements than any memory holds: all of them are the same one."""
    endless = np.lib.stride_tricks.as_strided(np.zeros(1, np.uint8), (2**20, 2**20, 2**20), (0, 0, 0))
    assert adapter_of(Endless).validate({"screen": endless}).screen is endless


def test_no_function_is_called_per_element():
    """A list of a hundred thousand numbers goes to numpy in one call."""
    adapter, calls = TypeAdapter(Annotated[np.ndarray, ArraySpec("uint8", (None,))]), 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event == "call"

    values = [1] * 100_000
    sys.setprofile(count)
    try:
        adapter.validate_python(values)
    finally:
        sys.setprofile(None)
    assert calls < 100


# The rules.


@pytest.mark.parametrize(
    ("spec", "value", "wanted"),
    [
        (ArraySpec("uint8", (3,)), [0, 1, 255], np.array([0, 1, 255], np.uint8)),
        (ArraySpec("uint8", (2,)), (1, 2), np.array([1, 2], np.uint8)),
        (ArraySpec("int8", (2,)), [-128, 127], np.array([-128, 127], np.int8)),
        (ArraySpec("int64", (1,)), [2.0], np.array([2])),
        (ArraySpec("uint64", (1,)), [2**64 - 1], np.array([2**64 - 1], np.uint64)),
        (ArraySpec("float32", (2,)), [0.1, 2], np.array([0.1, 2], np.float32)),
        (ArraySpec("float64", (2,)), [1, 2], np.array([1.0, 2.0])),
        (ArraySpec("bool", (2,)), [True, False], np.array([True, False])),
        (ArraySpec("<U3", (2,)), ["abc", "d"], np.array(["abc", "d"])),
        (ArraySpec("float32", (2,)), [1.5, None], np.array([1.5, np.nan], np.float32)),
        (ArraySpec("float64", (2, 1)), [[None], [None]], np.full((2, 1), np.nan)),
        (ArraySpec("float32", ()), 1.5, np.array(1.5, np.float32)),
        (ArraySpec("int64", ()), np.int32(3), np.array(3)),
        (ArraySpec("int64", None), 3, np.array(3)),
        (ArraySpec("int64", None), [[3]], np.array([[3]])),
        (ArraySpec("<U1", ()), "a", np.array("a")),
        (ArraySpec("int64", (None,)), [], np.zeros(0, np.int64)),
        (ArraySpec("int64", None), [], np.zeros(0, np.int64)),
        (ArraySpec("int64", (None, 3)), [], np.zeros((0, 3), np.int64)),
        (ArraySpec("int64", (2, None)), [[], []], np.zeros((2, 0), np.int64)),
        (ArraySpec("int64", (2, None, 4)), [[], []], np.zeros((2, 0, 4), np.int64)),
        (ArraySpec("int64", (0, 5)), [], np.zeros((0, 5), np.int64)),
    ],
    ids=str,
)
def test_lists_that_the_dtype_can_hold_are_taken(spec: ArraySpec, value: Any, wanted: np.ndarray):
    assert same(spec.check(value), wanted)


@pytest.mark.parametrize(
    ("spec", "value"),
    [
        (ArraySpec("uint8", (1,)), [256]),
        (ArraySpec("uint8", (1,)), [-1]),
        (ArraySpec("uint8", (1,)), [1.5]),
        (ArraySpec("uint8", (1,)), [float("nan")]),
        (ArraySpec("uint8", (1,)), [None]),
        (ArraySpec("uint8", (1,)), [2**64]),
        (ArraySpec("uint64", (1,)), [-1]),
        (ArraySpec("int64", (1,)), [2**63]),
        (ArraySpec("int64", (1,)), [1e300]),
        (ArraySpec("int64", (1,)), ["1"]),
        (ArraySpec("float32", (1,)), [1e300]),
        (ArraySpec("float32", (1,)), [16_777_217]),
        (ArraySpec("float64", (1,)), [10**400]),
        (ArraySpec("float64", (1,)), ["1.5"]),
        (ArraySpec("float64", (2,)), ["1.5", None]),
        (ArraySpec("float64", (1,)), [{}]),
        (ArraySpec("float64", (1,)), [b"1"]),
        (ArraySpec("bool", (1,)), [1]),
        (ArraySpec("<U3", (1,)), ["abcd"]),
        (ArraySpec("<U3", (1,)), [1]),
        (ArraySpec("datetime64[s]", (1,)), ["2020-01-01"]),
        (ArraySpec("int64", (2,)), [[1, 2], [3]]),
        (ArraySpec("int64", None), [[1, 2], [3]]),
        (ArraySpec("int64", (1,)), [1, 2]),
        (ArraySpec("int64", (1,)), [[1]]),
        (ArraySpec("int64", (1, 1)), [1]),
        (ArraySpec("int64", (1,)), 1),
        (ArraySpec("int64", (3,)), []),
        (ArraySpec("int64", ()), []),
        (ArraySpec("int64", (2, None)), []),
        (ArraySpec("int64", (2, None)), [[]]),
        (ArraySpec("int64", (1,)), {"0": 1}),
        (ArraySpec("int64", (1,)), {1}),
        (ArraySpec("int64", (1,)), b"1"),
        (ArraySpec("int64", (1,)), object()),
    ],
    ids=str,
)
def test_other_lists_are_refused(spec: ArraySpec, value: Any):
    with pytest.raises(ValueError, match=r"dtype|shape|values|needed"):
        spec.check(value)


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.zeros((2, 3), np.int8), r"dtype must be uint8, not int8"),
        (np.zeros((3, 3), np.uint8), r"shape must be \(2, any\), not \(3, 3\)"),
        (np.zeros(2, np.uint8), r"shape must be \(2, any\), not \(2,\)"),
        (np.zeros((2, 1, 1), np.uint8), r"shape must be \(2, any\), not \(2, 1, 1\)"),
        (np.array(1, np.uint8), r"shape must be \(2, any\), not \(\)"),
    ],
)
def test_an_array_that_differs_is_told_how(array: np.ndarray, reason: str):
    with pytest.raises(ValueError, match=reason):
        BYTES.check(array)


def test_another_byte_order_is_another_dtype():
    with pytest.raises(ValueError, match=r"dtype must be float64, not >f8"):
        ArraySpec("float64").check(np.zeros(1, ">f8"))


@given(
    arrays.arrays(
        st.sampled_from(["bool", "uint8", "int8", "int64", "uint64", "float16", "float32", "float64", "<U4"]),
        arrays.array_shapes(min_dims=0, min_side=0),
        elements={"allow_nan": False, "allow_infinity": False},
    )
)
def test_the_lists_of_an_array_make_it_again(array: np.ndarray):
    spec = ArraySpec(array.dtype.str, array.shape)
    assert same(spec.check(array.tolist()), array)


def test_without_numpy_the_error_names_what_to_install(monkeypatch: pytest.MonkeyPatch):
    original = builtins.__import__

    def without_numpy(name: str, *arguments: Any) -> Any:
        if name == "numpy":
            raise ImportError(name)
        return original(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without_numpy)
    load_numpy.cache_clear()
    with pytest.raises(MissingExtra, match=r"pip install 'openenv\[arrays\]'"):
        adapter_of(Endless).validate({"screen": []})
