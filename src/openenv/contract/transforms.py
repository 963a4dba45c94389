"""Transforms: functions from observation to observation that an environment applies before it answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

O = TypeVar("O")  # noqa: E741


class Transform(ABC, Generic[O]):
    """Changes an observation before the agent sees it, for example to add a reward."""

    @abstractmethod
    def __call__(self, observation: O) -> O:
        """The observation that the agent gets; it may be the same object, changed."""


class CompositeTransform(Transform[O]):
    """Applies several transforms, the first one first."""

    def __init__(self, transforms: Sequence[Transform[O]]) -> None:
        self.transforms = list(transforms)

    def __call__(self, observation: O) -> O:
        for transform in self.transforms:
            observation = transform(observation)
        return observation


class NullTransform(Transform[O]):
    """Changes nothing."""

    def __call__(self, observation: O) -> O:
        return observation
