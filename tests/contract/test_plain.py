"""What a model is dumped as is what pydantic makes of it, whoever does it."""

import enum
from functools import cached_property
from typing import Annotated, Any, Generic, Literal, TypeVar

import numpy as np
import pytest
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    RootModel,
    computed_field,
    field_serializer,
    field_validator,
    model_serializer,
    model_validator,
)

from openenv import Action, Observation, State
from openenv.contract.adapters import adapter_of
from openenv.contract.arrays import ArraySpec
from openenv.contract.plain import PlainFields

T = TypeVar("T")


class Place(BaseModel):
    x: int = 0


class Side(enum.Enum):
    LEFT = "left"


class Sight(Observation):
    pixels: Annotated[np.ndarray, ArraySpec("uint8")] = Field(default_factory=lambda: np.arange(3, dtype="uint8"))
    name: str | None = None
    raw: bytes = b"\xff"
    way: Literal["left", 1] = "left"
    bounded: Annotated[int, Field(ge=0)] = 3
    numbers: list[int | None] = Field(default_factory=lambda: [1, None])
    maybe: list[int] | None = None
    rows: list[list[float]] = Field(default_factory=list)
    places: list[Place] = Field(default_factory=list)


class Validated(Action):
    by: int = 1

    @model_validator(mode="after")
    def _all(self) -> "Validated":
        return self


class Checked(Observation):
    by: int = 1

    @field_validator("by")
    @classmethod
    def _one(cls, value: int) -> int:
        return value


class Aliased(Observation):
    by: int = Field(default=1, serialization_alias="byWhat")


class Excluded(Observation):
    by: int = Field(default=1, exclude=True)


class Serialized(Observation):
    by: int = 1

    @field_serializer("by")
    def _as_text(self, value: int) -> str:
        return str(value)


class Annotation(Observation):
    by: Annotated[int, PlainSerializer(str)] = 1


class WholeModel(Observation):
    by: int = 1

    @model_serializer
    def _whole(self) -> dict[str, Any]:
        return {"by": -self.by}


class Computed(Observation):
    by: int = 1

    @computed_field  # type: ignore[prop-decorator]
    @property
    def twice(self) -> int:
        return 2 * self.by


class Further(BaseModel):
    model_config = ConfigDict(extra="allow")


class Anything(Observation):
    what: Any = None


class Sided(Observation):
    side: Side = Side.LEFT


class Within(Observation):
    place: Place = Place()


class Of(Observation, Generic[T]):
    it: T


class Caching(Observation):
    by: int = 1

    @cached_property
    def twice(self) -> int:
        return 2 * self.by


class Dumping(Observation):
    def model_dump(self, **options: Any) -> dict[str, Any]:
        return {"dumped": options}


PLAIN = [
    Sight(),
    Sight(name="n", maybe=[1], rows=[[1.0]], places=[Place()], metadata={"a": {"b": [1]}}, reward=True),
    Validated(),
    Of[int](it=1),
    Action(),
]
OTHERS = [
    Checked(),
    Aliased(),
    Excluded(),
    Serialized(),
    Annotation(),
    WholeModel(),
    Computed(),
    Further(more=[1]),
    State(more=[1]),
    Anything(what=Place()),
    Sided(),
    Within(),
    Of[Place](it=Place()),
    RootModel[int](1),
]


def named(model: BaseModel) -> str:
    return type(model).__name__


@pytest.mark.parametrize("model", [*PLAIN, *OTHERS], ids=named)
def test_a_model_is_dumped_as_pydantic_does(model: BaseModel):
    np.testing.assert_equal(adapter_of(type(model)).dump(model), model.model_dump())


@pytest.mark.parametrize("model", PLAIN, ids=named)
def test_these_are_copied(model: BaseModel):
    assert PlainFields.of(type(model)) is not None


@pytest.mark.parametrize("model", OTHERS, ids=named)
def test_these_are_left_to_pydantic(model: BaseModel):
    assert PlainFields.of(type(model)) is None


def test_a_models_own_way_of_being_dumped_is_taken():
    assert adapter_of(Dumping).dump(Dumping()) == {"dumped": {"warnings": False}}


def test_a_property_that_is_cached_is_no_field():
    model = Caching()
    assert model.twice == 2
    assert "twice" in vars(model)
    assert adapter_of(Caching).dump(model) == model.model_dump()


def test_what_is_dumped_shares_no_container_with_the_model():
    sight = Sight(rows=[[1.0]], metadata={"a": [1]})
    empty = Sight(numbers=[])
    for model in (sight, empty):
        dumped = adapter_of(Sight).dump(model)
        for name in ("numbers", "rows", "places", "metadata"):
            dumped[name].clear()
            dumped[name] = None
    assert (sight.numbers, sight.rows, sight.metadata) == ([1, None], [[1.0]], {"a": [1]})
    dumped = adapter_of(Sight).dump(empty)
    dumped["numbers"].append(1)
    dumped["metadata"]["a"] = 1
    assert (empty.numbers, empty.metadata) == ([], {})


def test_a_model_with_values_that_nobody_has_validated_is_dumped_as_pydantic_does():
    odd = Sight.model_construct(numbers=(1, 2), rows=None, metadata=Place(x=3), name=np.float64(1.0))
    np.testing.assert_equal(adapter_of(Sight).dump(odd), odd.model_dump(warnings=False))
    lacking = Sight.model_construct()
    del lacking.__dict__["numbers"]
    np.testing.assert_equal(adapter_of(Sight).dump(lacking), lacking.model_dump(warnings=False))


# The model's own fields.


@pytest.mark.parametrize("model", [Sight(), Sight(numbers=[]), Action(), Of[int](it=1)], ids=named)
def test_who_only_reads_is_given_the_models_own_fields(model: BaseModel):
    assert adapter_of(type(model)).own(model) is vars(model)


class Leaping(Action):
    by: int = 1

    @model_validator(mode="before")
    @classmethod
    def _twice(cls, data: Any) -> Any:
        data["by"] *= 2
        return data


CACHED = Caching()
assert CACHED.twice == 2
LACKING = Sight()
del vars(LACKING)["name"]


class Counting(Observation):
    numbers: list[int] = Field(default_factory=list)

    @cached_property
    def total(self) -> int:
        return sum(self.numbers)


CONFUSED = Counting()
assert CONFUSED.total == 0
del vars(CONFUSED)["numbers"]


class Beginning(Action):
    by: list[int]

    def __init__(self, **data: Any) -> None:
        data["by"].sort()
        super().__init__(**data)


class Wrapped(Action):
    by: int = 1

    @model_validator(mode="wrap")
    @classmethod
    def _all(cls, data: Any, handler: Any) -> Any:
        return handler(data)


class Quiet:
    def __bool__(self) -> bool:
        raise AssertionError


@pytest.mark.parametrize(
    "model",
    [
        *OTHERS,
        CACHED,
        Leaping(by=1),
        Validated(),
        Sight(metadata={"a": 1}),
        Sight(rows=[[1.0]]),
        Sight(maybe=[1]),
        Sight.model_construct(numbers=(1, 2)),
        Sight.model_construct(metadata=np.zeros(2)),
        Sight.model_construct(rows=()),
        Sight.model_construct(maybe=Quiet()),
        LACKING,
        CONFUSED,
        Beginning(by=[1]),
        Wrapped(),
        Dumping(),
    ],
    ids=named,
)
def test_what_is_nested_revised_or_not_plain_has_to_be_dumped(model: BaseModel):
    assert adapter_of(type(model)).own(model) is None
