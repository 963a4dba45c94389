"""What an environment class says about itself: its three model types and the arguments that its methods take."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from openenv.contract.caching import cached
from openenv.contract.environment import Environment
from openenv.contract.models import Action, Observation, State


@dataclass(frozen=True)
class ModelTypes:
    """The action, observation and state types of an environment."""

    action: type[Any]
    observation: type[Any]
    state: type[Any] = State
    reset_observation: type[Any] | None = None


@cached
def model_types_of(environment: type[Any]) -> ModelTypes:
    """Read off the generic base; else off the annotations of ``reset``, ``step`` and ``state``.

    TypeError says what to write when neither names the action and the observation.
    """
    arguments = type_arguments(environment, Environment) or (None, None, None)
    reset, step = _method_names(environment)
    annotated = (
        _annotation(environment, step, parameter=True),
        _annotation(environment, step) or _annotation(environment, reset),
        _annotation(environment, "state"),
    )
    action, observation, state = (_first_class(pair) for pair in zip(arguments, annotated, strict=True))
    if action is None or observation is None:
        name = environment.__name__
        raise TypeError(
            f"{name} does not say which models it uses: write class {name}(Environment[MyAction, MyObservation, "
            f"MyState]), or pass action_cls and observation_cls to create_app"
        )
    return ModelTypes(action, observation, state or State)


def type_arguments(cls: type[Any], base: type[Any]) -> tuple[Any, ...] | None:
    """What ``cls`` puts for the type parameters of its generic ``base``, itself or through classes between them; None
    when it puts nothing. Parameters that stay open are type variables."""
    arguments = _arguments(cls, base)
    if arguments is None or all(isinstance(argument, TypeVar) for argument in arguments):
        return None
    return arguments


def _arguments(cls: Any, base: Any) -> tuple[Any, ...] | None:
    if cls is base:
        return tuple(base.__parameters__)
    for candidate in cls.__dict__.get("__orig_bases__", cls.__bases__):
        origin = get_origin(candidate) or candidate
        if isinstance(origin, type) and issubclass(origin, base):
            inherited = _arguments(origin, base)
            given = dict(zip(getattr(origin, "__parameters__", ()), get_args(candidate), strict=False))
            return None if inherited is None else tuple(given.get(argument, argument) for argument in inherited)
    return None


@dataclass(frozen=True)
class Parameters:
    """The keyword arguments that a method takes: by name, or any (``**kwargs``)."""

    names: frozenset[str]
    takes_any: bool

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Parameters:
        """Read off the signature; a callable without one is taken to accept nothing."""
        try:
            parameters = inspect.signature(function).parameters.values()
        except (TypeError, ValueError):
            return cls(frozenset(), False)
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
    forks: bool
    """It overrides ``fork``."""
    forks_many: bool
    """It overrides ``fork_many`` too."""
    snapshots: bool
    """It overrides ``snapshot`` and ``restore``."""
    awaits: bool
    """A method for reset or step, or ``close``, is asynchronous, so that the session needs an event loop."""


@cached
def method_table(environment: type[Any]) -> MethodTable:
    """The methods of a class, inspected once. An overridden asynchronous method wins over the synchronous one."""
    reset, step = _method_names(environment)
    methods = (getattr(environment, reset), getattr(environment, step))
    coroutines = map(inspect.iscoroutinefunction, (*methods, getattr(environment, "close", None)))
    awaits = (reset, step) != ("reset", "step") or any(coroutines)
    return MethodTable(
        reset,
        step,
        Parameters.of(methods[0]),
        Parameters.of(methods[1]),
        forks=_overrides(environment, "fork"),
        forks_many=_overrides(environment, "fork_many"),
        snapshots=_overrides(environment, "snapshot") and _overrides(environment, "restore"),
        awaits=awaits,
    )


def _method_names(environment: type[Any]) -> tuple[str, str]:
    reset = "reset_async" if _overrides(environment, "reset_async") else "reset"
    step = "step_async" if _overrides(environment, "step_async") else "step"
    return reset, step


def _overrides(environment: type[Any], name: str) -> bool:
    method = getattr(environment, name, None)
    return method is not None and method is not getattr(Environment, name)


def _annotation(environment: type[Any], method: str, *, parameter: bool = False) -> Any:
    """What a method says that it returns, or of what type its first parameter is; None where it says nothing."""
    found: Any = getattr(environment, method, None)
    function: Any = found.fget if isinstance(found, property) else found
    function = inspect.unwrap(function)
    try:
        name = list(inspect.signature(function).parameters)[1] if parameter else "return"
        annotations = SimpleNamespace(__annotations__={name: inspect.get_annotations(function)[name]})
        return get_type_hints(annotations, globalns=function.__globals__)[name]
    except (LookupError, NameError, AttributeError, TypeError):  # says nothing, or names for type checkers only
        return None


def _first_class(candidates: tuple[Any, ...]) -> type[Any] | None:
    bases = (Action, Observation, State)
    classes = [c for c in candidates if isinstance(c, type)]
    return next((c for c in classes if c not in bases), classes[0] if classes else None)
