"""What an environment class says about itself: its three model types and the arguments that its methods take."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from openenv.contract.environment import Environment
from openenv.contract.models import Action, Observation, State


@dataclass(frozen=True)
class ModelTypes:
    """The action, observation and state types of an environment."""

    action: type[Any]
    observation: type[Any]
    state: type[Any] = State
    reset_observation: type[Any] | None = None


@cache
def model_types_of(environment: type[Any]) -> ModelTypes:
    """Read off the generic base; else off the annotations of ``reset``, ``step`` and ``state``.

    TypeError says what to write when neither names the action and the observation.
    """
    arguments = type_arguments(environment, Environment)
    names = (_annotation(environment, "step", "action"), _annotation(environment, "step", "return"))
    state = _annotation(environment, "state", "return")
    found = [_first_class(pair) for pair in zip(arguments or (None,) * 3, (*names, state), strict=True)]
    action, observation, state = found
    if action is None or observation is None:
        name = environment.__name__
        raise TypeError(
            f"{name} does not say which models it uses: write class {name}(Environment[MyAction, MyObservation, "
            f"MyState]), or pass action_cls and observation_cls to create_app"
        )
    return ModelTypes(action, observation, state or State)


def type_arguments(cls: type[Any], base: type[Any]) -> tuple[Any, ...] | None:
    """What ``cls`` puts for the type parameters of its generic ``base``; None when no class on the way does."""
    for parent in cls.__mro__:
        for candidate in parent.__dict__.get("__orig_bases__", ()):
            origin = get_origin(candidate)
            if not isinstance(origin, type) or not issubclass(origin, base):
                continue
            arguments = get_args(candidate)
            if origin is base and not all(isinstance(argument, TypeVar) for argument in arguments):
                return arguments
    return None


@dataclass(frozen=True)
class Parameters:
    """The keyword arguments that a method takes: by name, or any (``**kwargs``)."""

    names: frozenset[str]
    takes_any: bool

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Parameters:
        """Read off the signature; a callable without one is taken to accept nothing."""
        parameters = inspect.signature(function).parameters.values()
        named = (p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY))
        return cls(frozenset(named) - {"self", "action"}, any(p.kind is p.VAR_KEYWORD for p in parameters))

    def select(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments that the method takes; the others are left out, as in the reference's protocol."""
        if self.takes_any:
            return {name: value for name, value in arguments.items() if name not in ("self", "action")}
        return {name: value for name, value in arguments.items() if name in self.names}


@dataclass(frozen=True)
class MethodTable:
    """Which methods of an environment class run for reset and step, and with which arguments."""

    reset: str
    step: str
    reset_parameters: Parameters
    step_parameters: Parameters

    @property
    def awaits(self) -> bool:
        """Either method is the class's own asynchronous one, so that the session needs an event loop."""
        return "async" in self.reset or "async" in self.step


@cache
def method_table(environment: type[Any]) -> MethodTable:
    """The methods of a class, inspected once. An overridden asynchronous method wins over the synchronous one."""
    reset = "reset_async" if _overrides(environment, "reset_async") else "reset"
    step = "step_async" if _overrides(environment, "step_async") else "step"
    return MethodTable(
        reset, step, Parameters.of(getattr(environment, reset)), Parameters.of(getattr(environment, step))
    )


def _overrides(environment: type[Any], name: str) -> bool:
    method = getattr(environment, name, None)
    return method is not None and method is not getattr(Environment, name)


def _annotation(environment: type[Any], method: str, name: str) -> Any:
    function = getattr(environment, method, None)
    if isinstance(function, property):
        function = function.fget
    if function is None or not hasattr(function, "__annotations__"):
        return None
    try:
        return get_type_hints(function).get(name)
    except NameError:  # names that exist for the type checker only
        return None


def _first_class(candidates: tuple[Any, ...]) -> type[Any] | None:
    bases = (Action, Observation, State)
    classes = [c for c in candidates if isinstance(c, type)]
    return next((c for c in classes if c not in bases), classes[0] if classes else None)
