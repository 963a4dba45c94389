"""Environment factories: what makes the environment of a new session, and what is known of it beforehand."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from openenv.contract.signature import ModelTypes, model_types_of
from openenv.contract.vector_environment import VectorEnvironment
from openenv.registry.loading import NamedFactory


@dataclass(frozen=True)
class EnvironmentFactory:
    """``make()`` gives a new environment; ``environment_class`` is None where only calling it would tell."""

    make: Callable[[], Any]
    name: str
    environment_class: type[Any] | None = None
    declared_types: ModelTypes | None = None

    @classmethod
    def of(cls, make: Callable[[], Any], *, types: ModelTypes | None = None) -> EnvironmentFactory:
        """From a class, a function, a partial or a NamedFactory; importing the environment's module happens here."""
        source = make
        while isinstance(source, (functools.partial, NamedFactory)):
            source = source.load() if isinstance(source, NamedFactory) else source.func
        name = getattr(source, "__name__", type(source).__name__)
        environment_class = source if isinstance(source, type) else _returned_class(source)
        return cls(make, name, environment_class, types)

    def vectorise(self, num_envs: int) -> VectorEnvironment[Any, Any] | None:
        """One object for so many episodes, where the environment's class has one for the options that are given."""
        vectorise = getattr(self.environment_class, "vectorise", None)
        options: dict[str, Any] = {}
        source = self.make
        while isinstance(source, (functools.partial, NamedFactory)):
            if getattr(source, "args", ()):  # positional arguments, which have no names
                return None
            options = {**(source.options if isinstance(source, NamedFactory) else source.keywords), **options}
            source = source.load() if isinstance(source, NamedFactory) else source.func
        if vectorise is None or source is not self.environment_class:  # a function has ways of its own
            return None
        made: VectorEnvironment[Any, Any] | None = vectorise(num_envs, **options)
        return made

    def types(self) -> ModelTypes:
        """The declared types, or those that the class says. TypeError when neither is known."""
        if self.declared_types is not None:
            return self.declared_types
        if self.environment_class is None:
            raise TypeError(f"{self.name} is a function: pass action_cls and observation_cls, or annotate its result")
        return model_types_of(self.environment_class)


def _returned_class(function: Callable[..., Any]) -> type[Any] | None:
    """The concrete class that a function's annotation promises."""
    try:
        returned = inspect.get_annotations(function, eval_str=True).get("return")
    except (NameError, TypeError):  # names for the type checker only; objects without annotations
        return None
    return returned if isinstance(returned, type) and hasattr(returned, "step") else None
