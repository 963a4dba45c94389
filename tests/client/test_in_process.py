"""In one process the client and its environment share no model and no list, though nothing is encoded between them."""

import copy
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import pytest
from pydantic import model_validator

from openenv import Action, EnvClient, Environment, Observation, State, SyncEnvClient
from openenv.client.local import LocalRuntime
from openenv.errors import ExecutionError, InvalidReward, ValidationError


class Throw(Action):
    dice: list[int]

    @model_validator(mode="wrap")
    @classmethod
    def _sorted(cls, data: Any, handler: Any) -> Any:
        data["dice"].sort()
        return handler(data)


class Push(Action):
    dice: list[int]


class Table(Observation):
    dice: list[int]


class Roll(Action):
    dice: list[int]

    def __init__(self, **data: Any) -> None:
        data["dice"].sort()
        super().__init__(**data)


class Later(Action):
    dice: "list[Unknown]"  # type: ignore[name-defined]  # noqa: F821


A = TypeVar("A", Push, Throw, Roll, Later)


class Keeping(Environment[A, Table, State], Generic[A]):
    """It keeps what it was given, and what it returned."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[Any] = []
        self.returned: list[Table] = []

    def reset(self, **options: Any) -> Table:
        return self._shown([])

    def step(self, action: A, **options: Any) -> Table:
        self.given.append(action)
        return self._shown(action.dice)

    @property
    def state(self) -> State:
        return State()

    def _shown(self, dice: list[int]) -> Table:
        table = Table(dice=dice, reward=float(sum(dice)))
        self.returned.append(table)
        return table


class Dice(Keeping[Push]):
    pass


class SortedDice(Keeping[Throw]):
    """Its actions sort what they are made of."""


class RolledDice(Keeping[Roll]):
    """As do these."""


class UnknownDice(Keeping[Later]):
    pass


class Broken(Dice):
    def _shown(self, dice: list[int]) -> Table:
        table = super()._shown(dice)
        if 13 in dice:
            table.dice.append("thirteen")  # type: ignore[arg-type]
        if 14 in dice:
            table.reward = float("nan")
        return table


class DiceEnv(EnvClient[Push, Table, State]):
    """Of all of them."""


def client_of(environment: Keeping[Any]) -> SyncEnvClient[Push, Table, State]:
    kind = type(environment)

    def make() -> kind:  # type: ignore[valid-type]
        return environment

    return DiceEnv(provider=LocalRuntime(make)).sync()


@pytest.fixture
def dice() -> Dice:
    return Dice()


@pytest.fixture
def client(dice: Dice) -> Iterator[SyncEnvClient[Push, Table, State]]:
    with client_of(dice) as client:
        client.reset()
        yield client


def test_the_environment_has_an_action_of_its_own(client, dice):
    push = Push(dice=[3, 1])
    client.step(push)
    dice.given[0].dice.append(6)
    dice.given[0].metadata["seen"] = True
    assert push == Push(dice=[3, 1])


def test_the_client_has_an_observation_of_its_own(client, dice):
    result = client.step(Push(dice=[3, 1]))
    assert (result.observation, result.reward) == (Table(dice=[3, 1], reward=4.0), 4.0)
    result.observation.dice.append(6)
    result.observation.metadata["seen"] = True
    assert dice.returned[-1] == Table(dice=[3, 1], reward=4.0)


@pytest.mark.parametrize("environment", [SortedDice, RolledDice])
@pytest.mark.parametrize("action", [Push(dice=[3, 1]), {"dice": [3, 1]}], ids=["a model", "a mapping"])
def test_code_that_changes_what_it_is_given_is_given_a_copy(environment, action):
    before = copy.deepcopy(action)
    with client_of(environment()) as client:
        client.reset()
        assert client.step(action).observation.dice == [1, 3]
    assert action == before


def test_an_action_that_is_not_fully_defined_is_the_environments_error():
    with client_of(UnknownDice()) as client:
        client.reset()
        with pytest.raises(ExecutionError, match="not fully defined"):
            client.step(Push(dice=[1]))


def test_what_no_longer_fits_its_model_is_an_error_as_it_is_over_a_wire():
    with client_of(Broken()) as client:
        client.reset()
        with pytest.raises(ValidationError, match="dice"):
            client.step(Push(dice=[13]))
        with pytest.raises(InvalidReward, match=r"Broken\.step returned the reward nan"):
            client.step(Push(dice=[14]))
        assert client.step(Push(dice=[1])).reward == 1.0
