"""What an environment class says about itself."""

import functools
from abc import ABC
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pytest

from openenv import Action, EnvClient, Environment, Observation, State
from openenv.contract.signature import ModelTypes, Parameters, method_table, model_types_of, type_arguments

if TYPE_CHECKING:
    from somewhere import Unknown


class Move(Action):
    by: int


class Sight(Observation):
    position: int


class Where(State):
    position: int = 0


@dataclass
class PlainMove:
    by: int


@dataclass
class PlainSight:
    position: int


class Implemented:
    """The methods, saying nothing of types."""

    def reset(self, **options):
        return Sight(position=0)

    def step(self, action, **options):
        return Sight(position=0)

    @property
    def state(self):
        return Where()


# Model types.


class OnBase(Implemented, Environment[Move, Sight, Where]):
    pass


class Inherits(OnBase):
    pass


A = TypeVar("A")
O = TypeVar("O")  # noqa: E741


class Game(Implemented, Environment[A, O, Where], Generic[A, O]):
    pass


class OnIntermediateBase(Game[Move, Sight]):
    pass


class Swapped(Game[O, A], Generic[A, O]):
    pass


class OnSwappedBase(Swapped[Sight, Move]):
    pass


class Mixed(Implemented, ABC):
    pass


class WithMixin(Mixed, Game[Move, Sight]):
    pass


class OnAnnotations(Environment):
    def reset(self, seed: int | None = None, **options: Any) -> Sight:
        return Sight(position=0)

    def step(self, action: Move, timeout_s: float | None = None) -> Sight:
        return Sight(position=0)

    @property
    def state(self) -> Where:
        return Where()


class OnTextAnnotations(Environment):
    def reset(self) -> "Sight":
        return Sight(position=0)

    def step(self, move: "Move", extra: "Unknown" = None) -> "Sight":
        return Sight(position=0)

    @property
    def state(self) -> "Where":
        return Where()


class OnAsyncAnnotations(Implemented, Environment):
    async def step_async(self, action: Move, **options: Any) -> Sight:
        return Sight(position=0)

    async def reset_async(self, **options: Any) -> Sight:
        return Sight(position=0)

    @property
    def state(self) -> Where:
        return Where()


class ResetSaysTheObservation(Environment):
    def reset(self) -> Sight:
        return Sight(position=0)

    def step(self, action: Move):
        return Sight(position=0)

    @property
    def state(self) -> Where:
        return Where()


class AnnotationsAreNarrower(Environment[Action, Observation, State]):
    def reset(self, **options: Any) -> Sight:
        return Sight(position=0)

    def step(self, action: Move, **options: Any) -> Sight:
        return Sight(position=0)

    @property
    def state(self) -> Where:
        return Where()


class NoEnvironmentAtAll:
    def reset(self) -> Sight:
        return Sight(position=0)

    def step(self, action: Move) -> Sight:
        return Sight(position=0)

    @property
    def state(self) -> Where:
        return Where()


def traced(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return call


class Decorated(Environment):
    @traced
    def reset(self, seed: int | None = None) -> Sight:
        return Sight(position=0)

    @traced
    def step(self, action: Move) -> Sight:
        return Sight(position=0)

    @property
    def state(self) -> Where:
        return Where()


@pytest.mark.parametrize(
    "environment",
    [
        OnBase,
        Inherits,
        OnIntermediateBase,
        OnSwappedBase,
        WithMixin,
        OnAnnotations,
        OnTextAnnotations,
        OnAsyncAnnotations,
        ResetSaysTheObservation,
        AnnotationsAreNarrower,
        NoEnvironmentAtAll,
        Decorated,
    ],
)
def test_the_models_are_read_off_the_class(environment: type[Any]):
    assert model_types_of(environment) == ModelTypes(Move, Sight, Where)


class Dataclasses(Implemented, Environment[PlainMove, PlainSight, State]):
    pass


def test_the_models_may_be_dataclasses():
    assert model_types_of(Dataclasses) == ModelTypes(PlainMove, PlainSight, State)


class SaysNoState(Environment):
    def reset(self) -> Sight:
        return Sight(position=0)

    def step(self, action: Move) -> Sight:
        return Sight(position=0)

    @property
    def state(self):
        return State()


def test_a_state_of_which_nothing_is_said_is_the_plain_one():
    assert model_types_of(SaysNoState) == ModelTypes(Move, Sight, State)


class SaysNothing(Implemented, Environment):
    pass


class SaysOnlyTheAction(Implemented, Environment):
    def step(self, action: Move, **options):
        return Sight(position=0)


class SaysWhatIsUnknown(Implemented, Environment):
    def step(self, action: "Unknown", **options) -> "Unknown":
        return Sight(position=0)


class SaysWhatAModuleDoesNotHave(Implemented, Environment):
    def step(self, action: "functools.Unknown", **options) -> "functools.Unknown":
        return Sight(position=0)


@pytest.mark.parametrize(
    "environment",
    [SaysNothing, SaysOnlyTheAction, SaysWhatIsUnknown, SaysWhatAModuleDoesNotHave, Game, object],
)
def test_a_class_that_names_no_models_is_told_what_to_write(environment: type[Any]):
    with pytest.raises(TypeError, match=rf"write class {environment.__name__}\(Environment\[MyAction, MyObservation"):
        model_types_of(environment)


class Client(EnvClient[Move, Sight, Where]):
    pass


class OpenClient(EnvClient):
    pass


@pytest.mark.parametrize(
    ("cls", "arguments"),
    [(Client, (Move, Sight, Where)), (OpenClient, None), (EnvClient, None)],
)
def test_a_client_s_type_arguments_are_read_the_same_way(cls: type[Any], arguments: tuple[Any, ...] | None):
    assert type_arguments(cls, EnvClient) == arguments


# Methods and their arguments.


class NoParameters(OnBase):
    def reset(self):
        return Sight(position=0)


class KeywordsOnly(OnBase):
    def reset(self, *, seed=None, level=1):
        return Sight(position=0)


class PositionalOnly(OnBase):
    def reset(self, seed=None, /, level=1):
        return Sight(position=0)


OPTIONS = {"seed": 1, "episode_id": "a", "level": 2, "self": 3, "action": 4}


@pytest.mark.parametrize(
    ("environment", "passed"),
    [
        (NoParameters, {}),
        (KeywordsOnly, {"seed": 1, "level": 2}),
        (PositionalOnly, {"level": 2}),
        (OnAnnotations, {"seed": 1, "episode_id": "a", "level": 2}),
        (Decorated, {"seed": 1}),
    ],
)
def test_reset_gets_only_what_its_signature_takes(environment: type[Any], passed: dict[str, Any]):
    assert method_table(environment).reset_parameters.select(OPTIONS) == passed


def test_a_callable_without_a_signature_takes_nothing():
    assert Parameters.of(dict.fromkeys).select(OPTIONS) == {}


class AsyncStep(OnBase):
    async def step_async(self, action, **options):
        return Sight(position=0)


class AsyncBoth(AsyncStep):
    async def reset_async(self, seed=None):
        return Sight(position=0)


class PlainAsync(OnBase):
    async def reset(self, **options):
        return Sight(position=0)


@pytest.mark.parametrize(
    ("environment", "names", "awaits"),
    [
        (OnBase, ("reset", "step"), False),
        (AsyncStep, ("reset", "step_async"), True),
        (AsyncBoth, ("reset_async", "step_async"), True),
        (PlainAsync, ("reset", "step"), True),
        (NoEnvironmentAtAll, ("reset", "step"), False),
    ],
)
def test_an_asynchronous_method_of_its_own_wins(environment: type[Any], names: tuple[str, str], awaits: bool):
    table = method_table(environment)
    assert ((table.reset, table.step), table.awaits) == (names, awaits)


def test_the_arguments_are_those_of_the_method_that_runs():
    assert method_table(AsyncBoth).reset_parameters.select(OPTIONS) == {"seed": 1}
