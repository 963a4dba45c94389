"""Deadlines: how long a server lets an environment take for each thing that is asked of it."""

from __future__ import annotations

from dataclasses import dataclass

from openenv.wire.frames import Batch, Fork, GetState, Request, Reset, Step


@dataclass(frozen=True)
class Deadlines:
    """In seconds. A call that brings a ``timeout_s`` of its own gets that and ``grace_s``. What is interrupted at its
    deadline has ``grace_s`` to return or raise; then it is ended, and its session with it."""

    create_s: float = 300.0
    reset_s: float = 300.0
    step_s: float = 300.0
    state_s: float = 60.0
    close_s: float = 60.0
    grace_s: float = 5.0

    def of(self, request: Request) -> float:
        """For one call."""
        if isinstance(request, (Step, Reset)):
            if request.timeout_s is not None:
                return request.timeout_s + self.grace_s
            return self.step_s if isinstance(request, Step) else self.reset_s
        if isinstance(request, Batch):
            return max(self.of(one) for one in request.requests)
        if isinstance(request, Fork):
            return self.create_s
        return self.state_s if isinstance(request, GetState) else self.step_s
