"""Method calls: what reset and step mean for one environment, looked up once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from openenv.contract.signature import MethodTable
from openenv.sessions.loop_thread import LoopThread


@dataclass(frozen=True)
class MethodCalls:
    """What reset and step call; on the environment's event loop where it awaits."""

    methods: MethodTable
    reset: Callable[..., Any]
    step: Callable[..., Any]
    reset_name: str
    step_name: str

    @classmethod
    def of(cls, environment: Any, methods: MethodTable, loop: LoopThread | None) -> MethodCalls:
        reset, step = getattr(environment, methods.reset), getattr(environment, methods.step)
        if loop is not None:
            reset, step = functools.partial(loop.run, reset), functools.partial(loop.run, step)
        name = type(environment).__name__
        return cls(methods, reset, step, f"{name}.{methods.reset}", f"{name}.{methods.step}")
