"""Arrays as fields of models: what dtype and shape a numpy array has, checked when the model is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticCustomError, core_schema

if TYPE_CHECKING:
    import numpy as np
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler


@dataclass(frozen=True)
class ArraySpec:
    """Annotation that makes a numpy array a field: ``Annotated[np.ndarray, ArraySpec("uint8", (210, 160, 3))]``.

    ``dtype`` is a numpy dtype's name. ``shape`` has one entry per dimension, None where any length goes; ``shape=None``
    admits any shape. A value may be an array of that dtype, or nested lists whose values the dtype can hold exactly;
    anything else is a validation error. Arrays are not copied.
    """

    dtype: str
    shape: tuple[int | None, ...] | None = None

    def check(self, value: Any) -> np.ndarray:
        """The value as an array of this dtype and shape; ValueError says what differs."""
        import numpy as np  # the extra that brings it is optional

        array = value if isinstance(value, np.ndarray) else self._from_sequence(value)
        if array.dtype != np.dtype(self.dtype):
            raise ValueError(f"dtype must be {self.dtype}, not {array.dtype}")
        if not self._fits(array.shape):
            raise ValueError(f"shape must be {self._shape_text()}, not {array.shape}")
        return array

    def json_schema(self) -> dict[str, Any]:
        """Nested lists, with dtype and shape beside them."""
        shape = None if self.shape is None else list(self.shape)
        return {"type": "array", "dtype": self.dtype, "shape": shape}

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return self.json_schema()

    def _validate(self, value: Any) -> np.ndarray:
        try:
            return self.check(value)
        except ValueError as error:
            raise PydanticCustomError("array", "Input should be an array: {reason}", {"reason": str(error)}) from error

    def _from_sequence(self, value: Any) -> np.ndarray:
        import numpy as np

        if not isinstance(value, (list, tuple)):
            raise ValueError(f"nested lists or an array are needed, not {type(value).__name__}")
        wanted = np.dtype(self.dtype)
        try:
            found = np.array(value) if value else np.empty(_empty_shape(self.shape), wanted)
            array = found.astype(wanted, casting="same_kind" if wanted.kind != "u" else "unsafe")
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"values do not fit {self.dtype}: {error}") from None
        if wanted.kind in "iu" and not np.array_equal(array, found):
            raise ValueError(f"values do not fit {self.dtype}")
        return array

    def _fits(self, shape: tuple[int, ...]) -> bool:
        if self.shape is None:
            return True
        pairs = zip(self.shape, shape, strict=False)
        return len(shape) == len(self.shape) and all(want in (None, have) for want, have in pairs)

    def _shape_text(self) -> str:
        return "(" + ", ".join("any" if n is None else str(n) for n in self.shape or ()) + ")"


def _empty_shape(shape: tuple[int | None, ...] | None) -> tuple[int, ...]:
    """The shape of an empty list: lists cannot say the lengths of dimensions behind an empty one."""
    return (0,) if shape is None else tuple(n or 0 for n in shape)
