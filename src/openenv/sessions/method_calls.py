"""Method calls: the methods of one environment that reset and step call, looked up once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from openenv.contract.signature import MethodTable
from openenv.sessions.loop_thread import LoopThread


@dataclass(frozen=True)
class MethodCalls:
    """They return when the environment has; one that awaits is called on its own event loop."""

    methods: MethodTable
    reset: Callable[..., Any]
    step: Callable[..., Any]
    reset_name: str
    step_name: str

    @classmethod
    def of(cls, environment: Any, methods: MethodTable, loop: LoopThread | None) -> MethodCalls:
        """Those of an environment; ``loop`` is where it lives, if it awaits."""
        reset, step = getattr(environment, methods.reset), getattr(environment, methods.step)
        if loop is not None:
            reset, step = functools.partial(loop.run, reset), functools.partial(loop.run, step)
        name = type(environment).__name__
        return cls(methods, reset, step, f"{name}.{methods.reset}", f"{name}.{methods.step}")
