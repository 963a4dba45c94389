"""Arrays as fields of models: what dtype and shape a numpy array has, checked when the model is made."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticCustomError, core_schema

from openenv.errors import MissingExtra

if TYPE_CHECKING:
    import numpy as np
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler

ARRAY = "openenv.array"
"""Where pydantic's schema of an array has its ``ArraySpec``, among the metadata."""

_FROM_LISTS = {"b": "b", "i": "biuf", "u": "biufO", "f": "biuf", "c": "biufc", "U": "U"}
"""The kinds of dtypes that nested lists can be made into, each with the kinds that numpy finds in such lists."""


@dataclass(frozen=True)
class ArraySpec:
    """Annotation that makes a numpy array a field: ``Annotated[np.ndarray, ArraySpec("uint8", (210, 160, 3))]``.

    ``dtype`` is a numpy dtype's name. ``shape`` has one entry per dimension, None where any length goes; ``shape=None``
    admits any shape. A value may be an array of that dtype, which is not copied, or nested lists (a plain number where
    there is no dimension). Integers, booleans and text must fit the dtype exactly, fractions are rounded to it, and
    None counts as NaN in an array of fractions, for which JSON has no other word.

    ``shape_in`` names another field of the model, a list of integers which says the array's shape: in JSON, on protocol
    v1, the server then sends one flat list of the elements, in C order, as environments of the reference do.
    """

    dtype: str
    shape: tuple[int | None, ...] | None = None
    shape_in: str | None = None

    def check(self, value: Any) -> np.ndarray:
        """The value as an array of this dtype and shape; ValueError says what differs."""
        array = self.elements(value)
        if self.shape not in (None, array.shape) and not self._fits(array.shape):
            raise ValueError(f"shape must be {self._shape_text()}, not {array.shape}")
        return array

    def elements(self, value: Any) -> np.ndarray:
        """The value as an array of this dtype, whatever its shape; ValueError says what differs."""
        array = value if is_array(value) else self._from_lists(value)
        if array.dtype != self._dtype:
            raise ValueError(f"dtype must be {self.dtype}, not {array.dtype}")
        return array

    def json_schema(self) -> dict[str, Any]:
        """Nested lists (a plain value where there is no dimension), with dtype and shape beside them."""
        kind = {} if self.shape == () else {"type": "array"}
        shape = None if self.shape is None else list(self.shape)
        flat = {} if self.shape_in is None else {"shape_in": self.shape_in}
        return {**kind, "dtype": self.dtype, "shape": shape, **flat}

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validator(), metadata={ARRAY: self})

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return self.json_schema()

    def _validator(self) -> Callable[[Any], np.ndarray]:
        """A function, and no method, which takes twice as long: it is called for every array."""
        kind: Any = None  # numpy's, which is not imported before it is needed
        dtype, shape = None, self.shape

        def validate(value: Any) -> np.ndarray:
            nonlocal kind, dtype
            if type(value) is kind and value.dtype is dtype and (shape is None or value.shape == shape):
                array: np.ndarray = value  # which is mostly so, and needs no more calls
                return array
            try:
                checked = self.check(value)
            except ValueError as error:
                raise PydanticCustomError(
                    "array", "Input should be an array: {reason}", {"reason": str(error)}
                ) from error
            kind, dtype = load_numpy().ndarray, self._dtype
            return checked

        return validate

    def _from_lists(self, value: Any) -> np.ndarray:
        np = load_numpy()
        if not isinstance(value, (list, tuple, bool, int, float, str, np.generic)):
            raise ValueError(f"nested lists or an array are needed, not {type(value).__name__}")
        wanted = self._dtype
        try:
            found = _found(value, wanted)
            return _converted(found, wanted) if found.size else np.empty(self._completed(found.shape), wanted)
        except (TypeError, ValueError, ArithmeticError) as error:
            raise ValueError(f"the values do not fit {self.dtype}: {error}") from None

    def _completed(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of empty lists: they cannot say the lengths of the dimensions behind the empty one."""
        return (*shape, *(length or 0 for length in (self.shape or ())[len(shape) :]))

    def _fits(self, shape: tuple[int, ...]) -> bool:
        wanted = self.shape or ()
        return len(shape) == len(wanted) and all(want in (None, have) for want, have in zip(wanted, shape, strict=True))

    @cached_property
    def _dtype(self) -> np.dtype[Any]:
        dtype: np.dtype[Any] = load_numpy().dtype(self.dtype)
        return dtype

    def _shape_text(self) -> str:
        return "(" + ", ".join("any" if n is None else str(n) for n in self.shape or ()) + ")"


@cache
def load_numpy() -> Any:
    """The numpy module; MissingExtra where it is not installed. Only what meets an array needs it."""
    try:
        import numpy
    except ImportError as error:
        raise MissingExtra("numpy, which arrays need,", extra="arrays") from error
    return numpy


def is_array(value: Any) -> bool:
    """Asked without importing numpy: where nobody has imported it, there are no arrays."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.ndarray)


def read_only(value: Any) -> Any:
    """The value; where it is an array, nobody changes its elements through it any more."""
    if is_array(value):
        value.setflags(write=False)
    return value


def _found(value: Any, wanted: np.dtype[Any]) -> np.ndarray:
    """What numpy finds in lists; where that loses what they hold, their numbers as they are."""
    numpy = load_numpy()
    found: np.ndarray = numpy.array(value)
    if wanted == "uint64" and found.dtype.kind == "f":  # as which numpy takes integers of both halves of the range
        return _numbers(numpy.array(value, dtype=object), (bool, int, float))
    if wanted.kind == "f" and found.dtype.kind == "O":
        return _numbers(found, (bool, int, float, type(None))).astype("float64")
    return found


def _numbers(found: np.ndarray, types: tuple[type, ...]) -> np.ndarray:
    if not all(type(number) in types for number in found.flat):
        raise ValueError("not all of them are numbers")
    return found


def _converted(found: np.ndarray, wanted: np.dtype[Any]) -> np.ndarray:
    """The array as another dtype; ValueError or ArithmeticError when that would change more than a rounding."""
    np = load_numpy()
    if found.dtype.kind not in _FROM_LISTS.get(wanted.kind, ""):
        raise ValueError(f"lists of {found.dtype} do not make such an array")
    with np.errstate(over="raise", invalid="raise"):
        array = found.astype(wanted)
    rounded = found.dtype.kind in "fc" and wanted.kind in "fc"
    if not rounded and not np.array_equal(array, found):
        raise ValueError("a value would change")
    return array
