"""The same action and the same observation as each of the three kinds of models."""

import dataclasses
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import numpy as np
import pytest
from pydantic import BaseModel, Field, field_validator

from openenv import Action, Observation
from openenv.contract.arrays import ArraySpec

Pixels = Annotated[np.ndarray, ArraySpec("uint8", (2, None))]


@dataclass(frozen=True)
class Kind:
    """``Move`` has ``by: int`` (at most 100), ``note: str`` and ``at: Place``; ``Sight`` has ``result: str`` and
    ``done: bool``; ``Picture`` has ``pixels`` and ``masks``."""

    name: str
    Move: Any
    Place: Any
    Sight: Any
    Picture: Any


class PydanticPlace(BaseModel):
    x: int
    y: int = 0


class PydanticMove(Action):
    by: int
    note: str = ""
    at: PydanticPlace | None = None

    @field_validator("by")
    @classmethod
    def is_no_leap(cls, by: int) -> int:
        return checked(by)


class PydanticSight(Observation):
    result: str


class PydanticPicture(Observation):
    pixels: Pixels
    masks: dict[str, Pixels] = Field(default_factory=dict)
    thumbnail: Pixels | None = None


@dataclass
class DataclassPlace:
    x: int
    y: int = 0


@dataclass
class DataclassMove:
    by: int
    note: str = ""
    at: DataclassPlace | None = None

    def __post_init__(self) -> None:
        checked(self.by)


@dataclass
class DataclassSight:
    result: str
    done: bool


@dataclass
class DataclassPicture:
    pixels: Pixels
    masks: dict[str, Pixels] = dataclasses.field(default_factory=dict)
    thumbnail: Pixels | None = None


class StructPlace(msgspec.Struct):
    x: int
    y: int = 0


class StructMove(msgspec.Struct):
    by: int
    note: str = ""
    at: StructPlace | None = None

    def __post_init__(self) -> None:
        checked(self.by)


class StructSight(msgspec.Struct):
    result: str
    done: bool


class StructPicture(msgspec.Struct):
    pixels: Pixels
    masks: dict[str, Pixels] = {}
    thumbnail: Pixels | None = None


def checked(by: int) -> int:
    if by > 100:
        raise ValueError("nobody leaps that far")
    return by


KINDS = [
    Kind("pydantic", PydanticMove, PydanticPlace, PydanticSight, PydanticPicture),
    Kind("dataclass", DataclassMove, DataclassPlace, DataclassSight, DataclassPicture),
    Kind("struct", StructMove, StructPlace, StructSight, StructPicture),
]

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
