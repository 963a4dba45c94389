"""Transforms change observations, in order."""

from openenv import Action, Environment, Observation, State
from openenv.contract.transforms import CompositeTransform, NullTransform, Transform


class Scale(Transform[Observation]):
    def __init__(self, factor: float) -> None:
        self.factor = factor

    def __call__(self, observation: Observation) -> Observation:
        return observation.model_copy(update={"reward": (observation.reward or 0) * self.factor})


class Shift(Transform[Observation]):
    def __call__(self, observation: Observation) -> Observation:
        return observation.model_copy(update={"reward": (observation.reward or 0) + 1})


class Still(Environment[Action, Observation, State]):
    def reset(self, **options: object) -> Observation:
        return self._apply_transform(Observation(reward=2.0))

    def step(self, action: Action, **options: object) -> Observation:
        return self._apply_transform(Observation(reward=2.0))

    @property
    def state(self) -> State:
        return State()


def test_the_first_of_several_transforms_is_applied_first():
    assert CompositeTransform([Shift(), Scale(10)])(Observation(reward=2.0)).reward == 30.0


def test_no_transforms_change_nothing():
    observation = Observation(reward=2.0)
    assert CompositeTransform[Observation]([])(observation) is observation


def test_the_null_transform_gives_the_same_object():
    observation = Observation(reward=2.0)
    assert NullTransform()(observation) is observation


def test_an_environment_applies_its_transform():
    assert Still(transform=Scale(10)).step(Action()).reward == 20.0


def test_an_environment_without_a_transform_changes_nothing():
    assert Still().reset().reward == 2.0
